"""dns: transports, codes, sections, and the text of records."""

from .case import ENDLESS, Case, module, useless, v4

TOP = "example.test"


def dns(name, asked, kind="A", options="", target="$dns", timeout="5s", **more):
    text = v4(f"query_name: \"{asked}\"\n" + (f"query_type: {kind}\n" if kind else "")) + options
    return Case(f"dns {name}", module("dns", text, timeout), target, **more)


def bad(name, **more):
    return dns(f"bad {name}", f"{name}.bad.test", **more)


DOT = "transport_protocol: tcp\ndns_over_tls: true\ntls_config: {ca_file: $ca}\n"


SHOWS_TLS = {"deliberate": "a certificate is described also where DNS is spoken over TLS",
             "differs": ("probe_ssl_*", "probe_tls_version_info")}


def pattern(owner, ttl, klass, kind, data):
    """An expression, quoted for YAML, that matches a record as it is written and nothing else."""
    line = "\t".join([f"{owner}.", str(ttl), klass, kind, data])
    escaped = "".join("\\" + c if c in "\\.[]()*+?^$|{}" else c for c in line)
    return escaped.replace("\t", "\\t").replace("$", "$$").replace("'", "''")


def text(kind, *records, asked=TOP, query="", klass="IN", ttl=300, written=""):
    """Each of `records`, and nothing else in the answer, is written so, the class as `written`."""
    patterns = [f"^{pattern(asked, ttl, written or klass, kind, r)}$$" for r in records]
    options = f"query_class: {klass}\nvalidate_answer_rrs:\n  fail_if_not_matches_regexp: ['{'|'.join(patterns)}']\n"
    options += "  fail_if_none_matches_regexp:\n" + "".join(f"  - '{p}'\n" for p in patterns)
    return dns(f"text of {kind}{'' if klass == 'IN' else ' of ' + klass}", asked, query or kind, options)


def checks(name, section, kind, *expressions, asked=TOP, query="A"):
    lines = "".join(f"\n  - '{e}'" for e in expressions)
    return dns(f"{section} {name}", asked, query, f"validate_{section}_rrs:\n  fail_if_{kind}_regexp:{lines}\n")


TRANSPORTS = [
    dns("udp", TOP),
    dns("tcp", TOP, options="transport_protocol: tcp\n"),
    dns("udp by name", TOP, options="transport_protocol: udp\n"),
    dns("over tls", TOP, options=DOT, target="$dot_good", **SHOWS_TLS),
    dns("over tls by server name", TOP, target="$dot_wrong_name",
        options="transport_protocol: tcp\ndns_over_tls: true\ntls_config: {ca_file: $ca, server_name: elsewhere.test}\n", **SHOWS_TLS),
    dns("over tls expired", TOP, options=DOT, target="$dot_expired"),
    dns("over tls of another name", TOP, target="$dot_wrong_name",
        options=DOT),
    dns("over tls and no check", TOP, target="$dot_expired",
        options="transport_protocol: tcp\ndns_over_tls: true\ntls_config: {insecure_skip_verify: true}\n", **SHOWS_TLS),
    dns("over tls of an unknown CA", TOP, options="transport_protocol: tcp\ndns_over_tls: true\n", target="$dot_good"),
    dns("over tls and udp", TOP, options="dns_over_tls: true\ntls_config: {ca_file: $ca}\n", target="$dot_good",
        **useless()),
    dns("over tls to a plain port", TOP, options=DOT, **ENDLESS),
    dns("tcp closed port", TOP, options="transport_protocol: tcp\n", target="$refusing"),
    dns("tcp closed on a question", "closes.bad.test", options="transport_protocol: tcp\n"),
    dns("tcp silent", "silent.bad.test", options="transport_protocol: tcp\n", **ENDLESS),
    dns("tcp short", "short.bad.test", options="transport_protocol: tcp\n"),
    dns("tcp of many records", "many.example.test", options="transport_protocol: tcp\n"),
    dns("udp slow", "slow.example.test", slow={'probe_dns_duration_seconds{phase="request"}': 0.29}),
    dns("source address", TOP, options="source_ip_address: 127.0.0.9\n"),
    dns("source address of tcp", TOP, options="transport_protocol: tcp\nsource_ip_address: 127.0.0.9\n"),
    dns("source address that is not here", TOP, options="source_ip_address: 192.0.2.77\n"),
    dns("localhost", TOP, target="localhost:$dns_port"),
    dns("name that cannot be", TOP, target="a..test:53"),
    dns("port by name", TOP, target="127.0.0.1:none-such"),
    Case("dns ipv6", module("dns", f"query_name: {TOP}\nquery_type: A"), "$dns6"),
    Case("dns ipv6 without fallback", module("dns", f"query_name: {TOP}\nip_protocol_fallback: false"), "$dns"),
    Case("dns name of both families", module("dns", v4(f"query_name: {TOP}\nquery_type: A")), "both.test:$dns_port", live=True),
    Case("dns name nobody knows", module("dns", f"query_name: {TOP}"), "nobody.test", live=True),
]
CODES = [
    *(dns(f"code {name}", f"{name}.example.test") for name in (
        "none", "servfail", "refused", "formerr", "notimp", "refused_with", "empty")),
    dns("code NXDOMAIN is wanted", "none.example.test", options="valid_rcodes: [NXDOMAIN]\n"),
    dns("code SERVFAIL is among the wanted", "servfail.example.test", options="valid_rcodes: [NOERROR, SERVFAIL]\n"),
    dns("code NOERROR is not wanted", TOP, options="valid_rcodes: [NXDOMAIN]\n"),
    dns("code of nothing wanted", TOP, options="valid_rcodes: []\n", deliberate="an empty list is none: the default holds",
        differs=("probe_success",)),
    dns("recursion desired", "recursion.test"),
    dns("recursion not desired", "recursion.test", options="recursion_desired: false\n"),
    dns("type ANY is the default", TOP, kind=""),
    dns("type in capitals", TOP, "MX"),
    dns("SOA", TOP, "SOA"),
    dns("SOA that is not there", "www.example.test", "SOA"),
    dns("SOA that fails", "servfail.example.test", "SOA"),
    dns("class CH", "version.bind", "TXT", "query_class: CH\n"),
    dns("class IN of a name of CH", "version.bind", "TXT"),
    dns("root", ".", "NS"),
    dns("name with its dot", TOP + "."),
    dns("name in mixed case", "MiXed.example.test"),
    dns("name with an empty label", "a..example.test"),
    dns("name with a long label", "a" * 64 + ".test"),
    dns("name with an escape", r"a\\.b.test"),
    dns("name with a space", "a b.test"),
]
BAD = [
    bad("silent", **ENDLESS),
    bad("wrongid", **ENDLESS),
    *(bad(name) for name in ("wrongid-then-right", "twice", "cut", "head", "short", "nothing", "garbage", "longer", "loop",
                             "truncated", "truncated-part", "no-question", "status", "no-recursion",
                             "authoritative", "counts")),
    *(bad(name, deliberate="what is no answer to the question is not taken for one",
          differs=("probe_dns_answer_rrs", "probe_dns_query_succeeded", "probe_success")) for name in ("question", "query")),
    dns("many records by udp", "many.example.test"),
    dns("udp closed port", TOP, target="$refusing"),
]
SECTIONS = [
    checks("one matches and must not", "answer", "matches", r"192\.0\.2\.1$$"),
    checks("none matches and must not", "answer", "matches", "198"),
    checks("all match and must not", "answer", "all_match", "192"),
    checks("one of two matches and not all must", "answer", "all_match", r"192\.0\.2\.1$$"),
    checks("one does not match and must", "answer", "not_matches", r"192\.0\.2\.1$$"),
    checks("all match and must", "answer", "not_matches", "192"),
    checks("none matches and one must", "answer", "none_matches", "198"),
    checks("one matches and one must", "answer", "none_matches", r"192\.0\.2\.2$$"),
    checks("two expressions of which one matches", "answer", "none_matches", "198", "192"),
    checks("two expressions of which one must not", "answer", "matches", "198", "192"),
    *(checks(f"empty and {kind}", "answer", kind, ".", asked="empty.example.test") for kind in (
        "matches", "all_match", "not_matches", "none_matches")),
    checks("matches and must not", "authority", "matches", "ns1"),
    checks("all must match", "authority", "not_matches", r"ns[12]\.example\.test"),
    checks("none", "authority", "none_matches", "ns3"),
    checks("all", "authority", "all_match", "NS"),
    checks("matches and must not", "additional", "matches", "AAAA"),
    checks("one must not be otherwise", "additional", "not_matches", "\\tA\\t"),
    checks("none", "additional", "none_matches", "2001:db8::53"),
    checks("all", "additional", "all_match", "ns"),
    checks("of a bad code", "answer", "matches", "192", asked="refused_with.example.test"),
    dns("regexp that cannot be read", TOP, options="validate_answer_rrs: {fail_if_matches_regexp: ['[']}\n", **useless()),
    dns("two sections of which one fails", TOP, options="validate_answer_rrs: {fail_if_matches_regexp: ['198']}\n"
        "validate_additional_rrs: {fail_if_matches_regexp: ['ns1']}\n"),
]
HEX = "".join(f"{i:02x}" for i in range(32))
TEXTS = [
    text("A", "192.0.2.1", "192.0.2.2"),
    text("AAAA", "2001:db8::1", "192.0.2.1", "2001:db8::1:0:0:1"),
    text("NS", "ns1.example.test.", "ns2.example.test.", ttl=3600),
    text("MX", "10 mx1.example.test.", "20 ."),
    text("SOA", r"ns1.example.test. host\.master.example.test. 2026010203 7200 3600 1209600 300", ttl=3600),
    text("TXT", r'"v=spf1 -all" "a \"quote\" and \\ and ;"', r'"\000\127\195\188\009"', '""'),
    text("CAA", '128 issue "ca.test; policy=ev"'),
    text("HINFO", '"PDP 11" "UNIX"'),
    text("NAPTR", '100 10 "S" "SIP+D2U" "!^.*$!sip:x@y!" _sip._udp.example.test.'),
    text("DS", f"60485 13 2 {HEX.upper()}"),
    text("SSHFP", f"4 2 {HEX.upper()}"),
    text("SPF", '"v=spf1 -all"'),
    text("TLSA", "3 1 1 " + "00" * 31 + "00", asked="_443._tcp.example.test"),
    text("SRV", "1 2 5060 sip.example.test.", asked="_sip._tcp.example.test"),
    text("PTR", r"a\.b.example.test.", asked="1.2.0.192.in-addr.arpa"),
    text("DNSKEY", "257 3 13 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="),
    dns("text of CNAME", "www.example.test", "A", "validate_answer_rrs:\n  fail_if_none_matches_regexp:\n"
        f"  - '^{pattern('www.example.test', 300, 'IN', 'CNAME', 'web.example.test.')}$$'\n"),
    text("TXT", '"laboratory 1"', asked="version.bind", klass="CH", ttl=0),
    text("TYPE65280", r"\# 3 0102ab", asked="odd.example.test", query="ANY", written="CLASS1"),
    dns("text of mixed case", "MiXed.example.test", "A", "validate_answer_rrs:\n  fail_if_not_matches_regexp:\n"
        f"  - '^{pattern('MiXed.example.test', 0, 'IN', 'A', '192.0.2.3')}$$'\n"),
]
CASES = [*TRANSPORTS, *CODES, *BAD, *SECTIONS, *TEXTS]
