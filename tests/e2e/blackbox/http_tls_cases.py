"""http: over TLS, with credentials, by way of proxies."""


from .case import ENDLESS
from .http_cases import http


def https(name, options="", server="good", path="/ok", ca="$ca", tls="", **more):
    parts = ", ".join(filter(None, [f"ca_file: {ca}" if ca else "", tls]))
    target = more.pop("target", f"$https_{server}{path}")
    return http(name, f"tls_config: {{{parts}}}\n{options}", target=target, **more)


TLS = [
    https("tls good"),
    *(https(f"tls {name}", server=name) for name in (
        "expired", "future", "wrong_name", "no_names", "unknown", "selfsigned", "of_brief", "bare", "with_root",
        "two_ways", "with_stray", "not_for_servers", "odd", "tls10", "tls11", "tls12", "tls13")),
    *(https(f"tls {name} and no check", server=name, tls="insecure_skip_verify: true") for name in (
        "expired", "wrong_name", "unknown", "selfsigned", "bare", "two_ways", "odd")),
    https("tls of a CA the system does not know", ca=""),
    https("tls of another CA", ca="$stranger"),
    https("tls selfsigned and trusted", server="selfsigned", ca="$selfsigned"),
    https("tls 1.1 is allowed", server="tls11", tls="min_version: TLS11"),
    https("tls 1.3 is demanded of 1.2", server="tls12", tls="min_version: TLS13"),
    https("tls by another name", server="wrong_name", tls="server_name: elsewhere.test"),
    https("tls by a wrong name", tls="server_name: elsewhere.test"),
    https("tls by a wildcard", server="wildcard", tls="server_name: a.good.test"),
    https("tls by a wildcard two labels deep", server="wildcard", tls="server_name: a.b.good.test"),
    https("tls by the Host header", "headers: {Host: good.test}"),
    https("tls by a wrong Host header", "headers: {Host: elsewhere.test}"),
    https("tls with the certificate that is asked for", server="mutual",
          tls="cert_file: $client_certificate, key_file: $client_key"),
    https("tls without the certificate that is asked for", server="mutual"),
    https("tls to a plain port", target="https://$plain/ok", **ENDLESS),
    https("plain to a tls port", target="http://$tls_good/ok"),
    https("tls to a closed port", target="https://$refusing/"),
    https("tls to silence", target="https://$tcp_silent/", **ENDLESS),
    https("tls and no tls wanted", "fail_if_ssl: true"),
    https("tls and tls wanted", "fail_if_not_ssl: true"),
    http("plain and tls wanted", "fail_if_not_ssl: true"),
    http("plain and no tls wanted", "fail_if_ssl: true"),
    http("plain and tls wanted of a 404", "fail_if_not_ssl: true", "/status/404"),
    https("tls after a redirect", target="$http/redirect/to?to=$https_good/ok"),
    https("tls before a redirect", target="$https_good/redirect/to?to=$http/ok"),
    https("tls before a redirect and tls wanted", "fail_if_not_ssl: true", target="$https_good/redirect/to?to=$http/ok"),
    https("tls after a redirect to a bad certificate", target="$http/redirect/to?to=$https_expired/ok"),
    https("tls of a 404", path="/status/404"),
    https("tls slow to answer", path="/slow", slow={'probe_http_duration_seconds{phase="processing"}': 0.29}),
    https("tls truncated body", path="/truncated"),
    https("tls localhost", target="https://localhost:$tls_good_port/ok"),
    https("tls name of the lab", target="https://good.test:$tls_good_port/header/Host", live=True),
    https("tls name that is not on it", target="https://v4.test:$tls_good_port/ok", live=True),
    https("tls redirect to a name", target="$http/redirect/to?to=https://good.test:$tls_good_port/ok", live=True),
    https("tls redirect to a name that is not on it", target="$http/redirect/to?to=https://v4.test:$tls_good_port/ok",
          live=True),
]
HTTP2 = [
    https("h2", target="$h2/ok"),
    https("h2 is not wanted", 'valid_http_versions: ["HTTP/1.1"]', target="$h2/ok"),
    https("h2 is wanted", 'valid_http_versions: ["HTTP/2.0"]', target="$h2/ok"),
    https("h2 in another spelling", 'valid_http_versions: ["HTTP/2"]', target="$h2/ok"),
    https("h2 is not offered", "enable_http2: false", target="$h2/ok"),
    https("h2 redirect", target="$h2/redirect"),
    https("h2 redirect to http 1", target="$h2/to-http1"),
    https("h2 status", target="$h2/status/503"),
    https("h2 headers", "fail_if_header_not_matches: [{header: X-Kind, regexp: two}]", target="$h2/header"),
    https("h2 body", 'fail_if_body_not_matches_regexp: ["over HTTP/2"]', target="$h2/ok"),
    https("h2 POST", "method: POST\nbody: hello", target="$h2/ok"),
    https("h2 HEAD", "method: HEAD", target="$h2/small.txt"),
    https("h2 gzip", "compression: gzip\nheaders: {Accept-Encoding: gzip}", target="$h2/small.txt"),
    https("h2 gzip not asked for", "compression: gzip", target="$h2/small.txt"),
    https("h2 file", target="$h2/small.txt"),
    https("h2 Host header", "headers: {Host: good.test}", target="$h2/host"),
    https("h2 name", target="https://localhost:$h2_port/host"),
]
CREDENTIALS = [
    http("basic", "basic_auth: {username: Aladdin, password: open sesame}", "/basic"),
    http("basic with a wrong password", "basic_auth: {username: Aladdin, password: open}", "/basic"),
    http("basic from a file", "basic_auth: {username: Aladdin, password_file: $dir/password}", "/basic"),
    http("basic from a missing file", "basic_auth: {username: Aladdin, password_file: $dir/missing}", "/basic"),
    http("basic without a password", "basic_auth: {username: Aladdin}", "/header/Authorization"),
    http("no credentials", path="/basic"),
    http("bearer", "bearer_token: mF_9.B5f-4.1JqM", "/bearer"),
    http("bearer from a file", "bearer_token_file: $dir/token", "/bearer"),
    http("bearer from a missing file", "bearer_token_file: $dir/missing", "/bearer"),
    http("authorization", "authorization: {credentials: mF_9.B5f-4.1JqM}", "/bearer"),
    http("authorization of another type", "authorization: {type: Digest, credentials: abc}", "/header/Authorization"),
    http("authorization from a file", "authorization: {credentials_file: $dir/token}", "/bearer"),
    http("authorization as a header", "headers: {Authorization: Bearer mF_9.B5f-4.1JqM}", "/bearer"),
    http("authorization twice", "headers: {Authorization: Bearer x}\nbasic_auth: {username: a, password: b}",
         "/header/Authorization"),
]


def oauth2(name, options="", path="/token", secret="client_secret: hush", target="$http/bearer"):
    extra = f", {options}" if options else ""
    return http(f"oauth2 {name}", f"oauth2: {{client_id: me, {secret}, token_url: \"$http{path}\"{extra}}}", target=target)


OAUTH2 = [
    oauth2("good"),
    oauth2("by header", path="/token/basic"),
    oauth2("by form", path="/token/params"),
    oauth2("secret from a file", secret="client_secret_file: $dir/secret"),
    oauth2("wrong secret", secret="client_secret: loud"),
    oauth2("scopes and more", 'scopes: [read, write], endpoint_params: {audience: all}', "/token/scoped"),
    oauth2("without the scopes", path="/token/scoped"),
    oauth2("no JSON", path="/token/html"),
    oauth2("no token in it", path="/token/void"),
    oauth2("endpoint fails", path="/status/500"),
    oauth2("endpoint resets", path="/reset"),
    oauth2("target refuses", target="$http/basic"),
    http("oauth2 endpoint is closed", 'oauth2: {client_id: me, client_secret: hush, token_url: "http://$refusing/"}', "/bearer"),
]
NAMED = {"deliberate": "a proxy is asked for the address that was found and is permitted, not for the name",
         "differs": ("probe_http_content_length", "probe_http_uncompressed_body_length")}
UNKNOWN = {"deliberate": "nobody knows whether an address is permitted that only the proxy could find", "differs": ("probe_*",)}
PROXIES = [
    http("proxy", "proxy_url: http://$proxy", "/ok"),
    http("proxy sees", "proxy_url: http://$proxy\nheaders: {X-Own: a}", "/via?x=y"),
    http("proxy sees a name", "proxy_url: http://$proxy", target="http://localhost:$plain_port/via", **NAMED),
    http("proxy sees a name that was not resolved", "proxy_url: http://$proxy\nskip_resolve_phase_with_proxy: true",
         target="http://localhost:$plain_port/via", **NAMED),
    http("proxy sees a name nobody could resolve", "proxy_url: http://$proxy\nskip_resolve_phase_with_proxy: true",
         target="http://" + "a" * 64 + ".test/via", **UNKNOWN),
    http("proxy and a name nobody can resolve", "proxy_url: http://$proxy", target="http://" + "a" * 64 + ".test/via"),
    http("proxy skipped resolution without a proxy", "skip_resolve_phase_with_proxy: true"),
    http("proxy and a redirect", "proxy_url: http://$proxy", "/redirect/relative"),
    http("proxy is closed", "proxy_url: http://$refusing", "/ok"),
    http("proxy refuses", "proxy_url: http://$proxy_403", "/ok"),
    http("proxy wants a password", "proxy_url: http://$proxy_wants", "/ok"),
    http("proxy gets its password", "proxy_url: \"http://user:secret@$proxy_wants\"", "/ok"),
    http("proxy cannot reach it", "proxy_url: http://$proxy", target="http://$refusing/"),
    https("proxy tunnel", "proxy_url: http://$proxy"),
    https("proxy tunnel to a bad certificate", "proxy_url: http://$proxy", server="expired"),
    https("proxy tunnel is refused", "proxy_url: http://$proxy_403"),
    https("proxy tunnel fails", "proxy_url: http://$proxy_502"),
    https("proxy tunnel wants a password", "proxy_url: http://$proxy_wants"),
    https("proxy tunnel gets its password", "proxy_url: \"http://user:secret@$proxy_wants\""),
    https("proxy tunnel to h2", "proxy_url: http://$proxy", target="$h2/ok"),
    https("proxy tunnel without resolution", "proxy_url: http://$proxy\nskip_resolve_phase_with_proxy: true",
          target="https://localhost:$tls_good_port/ok"),
    https("proxy over tls", "proxy_url: https://$proxy_tls", target="$http/ok"),
    https("proxy is silent", "proxy_url: http://$tcp_silent", target="$http/ok", **ENDLESS),
]

CASES = [*TLS, *HTTP2, *CREDENTIALS, *OAUTH2, *PROXIES]
