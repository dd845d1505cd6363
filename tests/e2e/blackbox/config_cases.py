"""Files through --config.check: what is taken and what is refused. Which of the two it is, theirs says."""

import dataclasses

from .case import USELESS


@dataclasses.dataclass(frozen=True)
class File:
    name: str
    text: str
    deliberate: str = ""  # why rampart says otherwise; see OTHERWISE


def one(name, prober, options="", top=""):
    """A file of one module; `options` in flow style."""
    parts = [f"prober: {prober}", top, f"{prober}: {{{options}}}" if options else ""]
    return File(name, f"modules: {{m: {{{', '.join(filter(None, parts))}}}}}\n")


def http(name, options):
    return one(f"http {name}", "http", options)


def dns(name, options):
    return one(f"dns {name}", "dns", options)


WHOLE = [
    File("empty file", ""),
    File("no modules", "modules: {}\n"),
    File("modules are null", "modules:\n"),
    File("another key at the top", "modules: {}\nthings: {}\n"),
    File("a list at the top", "- a\n"),
    File("a word at the top", "modules\n"),
    File("no YAML", "modules: {a: [\n"),
    File("a tab", "modules:\n\ta: {prober: http}\n"),
    File("a key twice", "modules:\n  m: {prober: http}\n  m: {prober: tcp}\n"),
    File("an option twice", "modules: {m: {prober: http, http: {method: GET, method: POST}}}\n"),
    File("two documents", "modules: {m: {prober: http}}\n---\nmodules: {m: {prober: nothing}}\n"),
    File("an anchor and an alias", "modules:\n  a: &a {prober: http}\n  b: *a\n"),
    File("a merge key", "modules:\n  a: &a {prober: http, timeout: 5s}\n  b: {<<: *a, timeout: 6s}\n"),
    File("bytes that are no UTF-8", "modules: {m: {prober: http}} # \udcff\n"),
    File("a byte order mark", "\ufeffmodules: {m: {prober: http}}\n"),
    File("a module is null", "modules: {m: }\n"),
    File("a module is a list", "modules: {m: []}\n"),
]
MODULES = [
    File("no prober", "modules: {m: {timeout: 5s}}\n"),
    one("prober unknown", "gopher"),
    one("prober in capitals", "HTTP"),
    one("prober alone", "http"),
    File("a section of another prober", "modules: {m: {prober: tcp, http: {method: POST}}}\n"),
    File("two sections", "modules: {m: {prober: tcp, tcp: {tls: true}, icmp: {ttl: 3}}}\n"),
    File("unknown key of a module", "modules: {m: {prober: http, retries: 3}}\n"),
    one("timeout of two units", "http", top="timeout: 1m30s"),
    one("timeout of every unit", "http", top="timeout: 1y2w3d4h5m6s7ms"),
    one("timeout without a unit", "http", top="timeout: 5"),
    one("timeout nought", "http", top="timeout: 0"),
    one("timeout with a fraction", "http", top="timeout: 1.5s"),
    one("timeout negative", "http", top="timeout: -1s"),
    one("timeout with units in the wrong order", "http", top="timeout: 1s1m"),
    one("timeout of a unit nobody knows", "http", top="timeout: 5us"),
    one("timeout empty", "http", top='timeout: ""'),
    one("timeout too long", "http", top="timeout: 400y"),
    one("grpc", "grpc", "service: a, tls: true"),
]
HTTP = [
    http("unknown option", "no_such_option: 1"),
    http("method of letters", "method: FOO BAR"),
    http("status list", "valid_status_codes: [200, 404]"),
    http("status of letters", "valid_status_codes: [ok]"),
    http("status as one number", "valid_status_codes: 200"),
    http("status as text", 'valid_status_codes: ["200"]'),
    http("status out of range", "valid_status_codes: [9999, -1]"),
    http("version nobody knows", "valid_http_versions: [HTTP/9]"),
    http("protocol nobody knows", "preferred_ip_protocol: ip5"),
    http("protocol empty", 'preferred_ip_protocol: ""'),
    http("flag as a word", "follow_redirects: yes"),
    http("flag as another word", "follow_redirects: maybe"),
    http("flag as a number", "fail_if_ssl: 1"),
    http("both names of redirects", "follow_redirects: true, no_follow_redirects: true"),
    http("body is bad regexp", 'fail_if_body_matches_regexp: ["[a"]'),
    http("body is bad regexp that must match", 'fail_if_body_not_matches_regexp: ["(?<a>b)"]'),
    http("body regexp with a look-ahead", 'fail_if_body_matches_regexp: ["a(?=b)"]'),
    http("body regexp with a back reference", r"fail_if_body_matches_regexp: ['(a)\1']"),
    http("body regexp that repeats too often", 'fail_if_body_matches_regexp: ["a{1001}"]'),
    http("body regexp as one word", "fail_if_body_matches_regexp: abc"),
    http("body regexp empty", 'fail_if_body_matches_regexp: [""]'),
    http("header match without a name", "fail_if_header_matches: [{regexp: a}]"),
    http("header match without a regexp", "fail_if_header_matches: [{header: a}]"),
    http("header match with a bad regexp", "fail_if_header_not_matches: [{header: a, regexp: '*'}]"),
    http("header match with another key", "fail_if_header_matches: [{header: a, regexp: b, x: 1}]"),
    http("headers as a list", "headers: [a]"),
    http("headers with a number", "headers: {X-A: 5}"),
    http("headers with a list within", "headers: {X-A: [a, b]}"),
    http("compression", "compression: gzip"),
    http("compression nobody knows", "compression: lzma"),
    http("compression and another Accept-Encoding", 'compression: gzip, headers: {Accept-Encoding: "br, identity"}'),
    http("compression and it among others", 'compression: gzip, headers: {Accept-Encoding: "br;q=1.0, gzip;q=0.9"}'),
    http("compression and a quality of nought", 'compression: gzip, headers: {Accept-Encoding: "gzip;q=0.0, br"}'),
    http("compression and a star", 'compression: gzip, headers: {Accept-Encoding: "*"}'),
    http("compression and a star of nought", 'compression: gzip, headers: {Accept-Encoding: "br, *;q=0"}'),
    http("compression in another case", 'compression: gzip, headers: {accept-encoding: "GZIP"}'),
    http("compression and an empty Accept-Encoding", 'compression: gzip, headers: {Accept-Encoding: ""}'),
    http("compression identity and nothing said of it", 'compression: identity, headers: {Accept-Encoding: "gzip"}'),
    *(http(f"size {size}", f"body_size_limit: {size}") for size in (
        "10", "10B", "10MB", "10MiB", "1.5KB", "10mb", "-1", "big", '""', "10XB", "9EB", "100EB", "1KB1MB")),
    http("basic_auth with both", "basic_auth: {username: a, password: b, password_file: /c}"),
    http("basic_auth and bearer_token", "basic_auth: {username: a}, bearer_token: b"),
    http("bearer_token and its file", "bearer_token: a, bearer_token_file: /b"),
    http("authorization and bearer_token", "authorization: {credentials: a}, bearer_token: b"),
    http("authorization of type basic", "authorization: {type: Basic, credentials: a}"),
    http("authorization with both", "authorization: {credentials: a, credentials_file: /b}"),
    http("oauth2 and basic_auth", "basic_auth: {username: a}, oauth2: {client_id: a, client_secret: b, token_url: 'http://c'}"),
    http("oauth2 with both secrets", "oauth2: {client_id: a, client_secret: b, client_secret_file: /c, token_url: 'http://c'}"),
    http("oauth2 without an id", "oauth2: {client_secret: b, token_url: 'http://c'}"),
    http("oauth2 without a URL", "oauth2: {client_id: a, client_secret: b}"),
    http("oauth2 without a secret", "oauth2: {client_id: a, token_url: 'http://c'}"),
    http("proxy_url that is none", "proxy_url: '::'"),
    http("proxy_url of another scheme", "proxy_url: 'gopher://a'"),
    http("tls_config unknown key", "tls_config: {verify: false}"),
    http("tls_config version", "tls_config: {min_version: TLS13}"),
    http("tls_config version nobody knows", "tls_config: {min_version: TLS14}"),
    http("tls_config certificate without a key", "tls_config: {cert_file: /a}"),
    http("tls_config key without a certificate", "tls_config: {key_file: /a}"),
    http("tls_config file that is missing", "tls_config: {ca_file: /nowhere/at/all}"),
    *(http(f"{option.split(':')[0]} is of newer versions", option) for option in (
        "body_file: /a", "no_proxy: a, proxy_url: 'http://b'", "proxy_from_environment: true",
        "http_headers: {X-A: {values: [b]}}")),
    http("tls_config newest version", "tls_config: {max_version: TLS13}"),
    http("tls_config oldest version is newer than the newest", "tls_config: {min_version: TLS13, max_version: TLS12}"),
    http("enable_http3 is of newer versions", "enable_http3: true"),
]
OTHERS = [
    one("tcp unknown option", "tcp", "port: 5"),
    one("tcp turn with an unknown key", "tcp", "query_response: [{wait: 1}]"),
    one("tcp expects a bad regexp", "tcp", "query_response: [{expect: '['}]"),
    one("tcp empty turn", "tcp", "query_response: [{}]"),
    one("tcp send of a number", "tcp", "query_response: [{send: 5}]"),
    one("tcp bad source address", "tcp", "source_ip_address: here"),
    one("tcp tls", "tcp", "tls: true, tls_config: {insecure_skip_verify: true}"),
    one("tcp labels are of newer versions", "tcp", "query_response: [{expect: '(a)', labels: [{name: b, value: c}]}]"),
    one("icmp ttl", "icmp", "ttl: 64"),
    one("icmp ttl 255", "icmp", "ttl: 255"),
    one("icmp ttl 256", "icmp", "ttl: 256"),
    one("icmp ttl -1", "icmp", "ttl: -1"),
    one("icmp ttl nought", "icmp", "ttl: 0"),
    one("icmp ttl with a fraction", "icmp", "ttl: 1.5"),
    one("icmp payload of letters", "icmp", "payload_size: many"),
    one("icmp payload negative", "icmp", "payload_size: -1"),
    one("icmp unknown option", "icmp", "count: 3"),
    File("dns without a name", "modules: {m: {prober: dns}}\n"),
    dns("without a name in its section", "query_type: A"),
    dns("empty name", 'query_name: ""'),
    dns("type nobody knows", "query_name: a, query_type: NONE"),
    dns("type without a meaning", "query_name: a, query_type: Reserved"),
    dns("type in small letters", "query_name: a, query_type: mx"),
    dns("type as a number", "query_name: a, query_type: TYPE65280"),
    dns("type of caa", "query_name: a, query_type: CAA"),
    dns("class nobody knows", "query_name: a, query_class: XX"),
    dns("class CH", "query_name: a, query_class: CH"),
    dns("class in small letters", "query_name: a, query_class: ch"),
    dns("code nobody knows", "query_name: a, valid_rcodes: [FINE]"),
    dns("code in small letters", "query_name: a, valid_rcodes: [nxdomain]"),
    dns("code as a number", "query_name: a, valid_rcodes: [3]"),
    dns("transport nobody knows", "query_name: a, transport_protocol: sctp"),
    dns("over tls by udp", "query_name: a, dns_over_tls: true"),
    dns("bad regexp of the answer", "query_name: a, validate_answer_rrs: {fail_if_matches_regexp: ['[']}"),
    dns("bad regexp of the authority", "query_name: a, validate_authority_rrs: {fail_if_all_match_regexp: ['(']}"),
    dns("bad regexp of the rest", "query_name: a, validate_additional_rrs: {fail_if_none_matches_regexp: ['+']}"),
    dns("unknown check", "query_name: a, validate_answer_rrs: {fail_if_regexp: ['a']}"),
    one("grpc unknown option", "grpc", "name: a"),
    one("grpc service as a number", "grpc", "service: 5"),
    one("unix is of newer versions", "unix", "tls: false"),
    one("websocket is of newer versions", "websocket"),
]
# Of the above, what rampart takes otherwise: why -> names.
OTHERWISE = {
    USELESS: (
        "a module is null", "no prober", "prober unknown", "prober in capitals", "timeout negative", "http method of letters",
        "http status out of range", "http protocol nobody knows", "http compression nobody knows",
        "http proxy_url of another scheme", "http tls_config certificate without a key",
        "http tls_config key without a certificate", "http tls_config oldest version is newer than the newest",
        "tcp bad source address", "icmp payload negative", "dns without a name", "dns code nobody knows",
        "dns code in small letters", "dns code as a number", "dns transport nobody knows", "dns over tls by udp",
        "dns type without a meaning", "dns bad regexp of the answer", "dns bad regexp of the authority", "dns bad regexp of the rest",
        "websocket is of newer versions"),
    "a number with a fraction is not cut off": ("icmp ttl with a fraction",),
    "one file holds one document; the second one would be ignored": ("two documents",),
    "days, weeks and years are units, as the documentation says": ("timeout of every unit",),
    "an option of a newer version": (
        "http body_file is of newer versions", "http no_proxy is of newer versions",
        "http proxy_from_environment is of newer versions", "http http_headers is of newer versions",
        "tcp labels are of newer versions", "unix is of newer versions"),
}
WHY = {name: why for why, names in OTHERWISE.items() for name in names}
FILES = [dataclasses.replace(f, deliberate=WHY.pop(f.name, "")) for f in (*WHOLE, *MODULES, *HTTP, *OTHERS)]
assert not WHY, f"no such file: {WHY}"
