"""tcp: connecting, TLS, and conversations in lines."""

import textwrap

from .case import ENDLESS, Case, module, useless, v4

GOOD = "tls_config: {ca_file: $ca, server_name: good.test}"


def tcp(name, script, turns="", options="", target="", timeout="5s", **more):
    """`turns` are the items of query_response, one in a line."""
    text = v4(options)
    if turns:
        text += "query_response:\n" + textwrap.indent(textwrap.dedent(turns).strip("\n"), "  ")
    return Case(f"tcp {name}", module("tcp", text, timeout), target or f"$tcp_{script}", **more)


def expect(name, script, expression, **more):
    return tcp(name, script, f"- expect: '{expression}'", **more)


STARTTLS = """
- expect: "^220.*ESMTP"
- send: "EHLO prober\\r"
- expect: "^250-STARTTLS"
- send: "STARTTLS\\r"
- expect: "^220"
- starttls: true
- send: "EHLO prober\\r"
- expect: "^250 AUTH"
- send: "QUIT\\r"
"""
IRC = """
- send: "NICK prober"
- send: "USER prober prober prober :prober"
- expect: "PING :([^ ]+)"
  send: "PONG $${1}"
- expect: "^:[^ ]+ 001"
"""
SERVICES = [
    expect("ssh banner", "ssh", "^SSH-2.0-"),
    tcp("ssh banner and an answer", "ssh_client", '- expect: "^SSH-2.0-"\n  send: "SSH-2.0-blackbox-ssh-check"\n- expect: well'),
    tcp("groups are sent back", "echo", '- send: first\n- expect: "you (s)aid f(i)rst"\n'
        '  send: "$${1}econd $${2} $${9}"\n- expect: "you said second"'),
    tcp("smtp", "smtp", '- expect: "^220"\n- send: "EHLO prober\\r"\n- expect: "^250-SIZE ([0-9]+)"\n- send: "QUIT\\r"\n'
                        '- expect: "^221 bye"'),
    tcp("smtp starttls", "smtp_tls", STARTTLS, GOOD),
    tcp("smtp starttls with an expired certificate", "smtp_expired", STARTTLS, GOOD),
    tcp("smtp starttls with an expired certificate and no check", "smtp_expired", STARTTLS,
        "tls_config: {insecure_skip_verify: true}"),
    tcp("smtp starttls by the address", "smtp_tls", STARTTLS, "tls_config: {ca_file: $ca}"),
    tcp("smtp starttls that is not offered", "smtp_plain", STARTTLS, GOOD, **ENDLESS),
    tcp("smtp starttls that is no TLS", "smtp_no_tls", STARTTLS, GOOD),
    tcp("irc", "irc", IRC),
    tcp("ftp", "ftp", '- expect: "^220"\n- send: "AUTH TLS\\r"\n- expect: "^234"\n- starttls: true\n'
                      '- send: "USER anonymous\\r"\n- expect: "^331"', GOOD),
    tcp("imap", "imap", '- expect: OK.*STARTTLS\n- send: ". STARTTLS"\n- expect: OK\n- starttls: true\n'
                        '- send: ". LOGOUT"\n- expect: "OK done"', GOOD),
]
LINES = [
    tcp("connects", "silent"),
    tcp("connects and is closed", "closes"),
    expect("closed before a line", "closes", "^220"),
    expect("reset before a line", "resets", "^220"),
    expect("silent before a line", "silent", "^220", **ENDLESS),
    expect("slow line", "slow", "^220", slow={"probe_duration_seconds": 0.29}),
    expect("another line", "other", "^220", **ENDLESS),
    expect("line after many", "many_lines", "^the end$$"),
    expect("line without an end, closed", "cut_line", "^220 no line feed$$"),
    expect("line without an end, open", "half_line", "^220", **ENDLESS),
    expect("line of 70,000 bytes", "long_line", "^220"),
    expect("line of 60,000 bytes", "nearly_long_line", "^220"),
    expect("bytes that are no UTF-8", "bytes", "^220 ready$$"),
    expect("carriage return is not part", "smtp", "ready$$"),
    tcp("empty expectation", "ssh", '- expect: ""'),
    tcp("sends and does not listen", "echo", "- send: hello"),
    tcp("two expectations and one line", "ssh", '- expect: "^SSH"\n- expect: "^SSH"', **ENDLESS),
    tcp("second expectation fails at the end", "cut_line", '- expect: "^220"\n- expect: "^250"'),
]
SNI = {"deliberate": "the parameter hostname is the name in TLS also for tcp, as in newer versions",
       "differs": ("probe_success", "probe_ssl_*", "probe_tls_version_info")}
TLS = [
    tcp("tls", "silent", options="tls: true\n" + GOOD, target="$tls_good"),
    *(tcp(f"tls {name}", "silent", options="tls: true\n" + GOOD, target=f"$tls_{name}") for name in (
        "expired", "wrong_name", "unknown", "bare", "of_brief", "two_ways", "with_root", "tls11", "tls12", "odd")),
    tcp("tls and no check", "silent", options="tls: true\ntls_config: {insecure_skip_verify: true}", target="$tls_expired"),
    tcp("tls by the address", "silent", options="tls: true\ntls_config: {ca_file: $ca}", target="$tls_good"),
    tcp("tls by localhost", "silent", options="tls: true\ntls_config: {ca_file: $ca}", target="localhost:$tls_good_port"),
    tcp("tls by the parameter hostname", "silent", options="tls: true\ntls_config: {ca_file: $ca}", target="$tls_wrong_name",
        query={"hostname": "elsewhere.test"}, **SNI),
    tcp("tls by a wrong parameter hostname", "silent", options="tls: true\ntls_config: {ca_file: $ca}",
        target="$tls_good", query={"hostname": "elsewhere.test"}, **SNI),
    tcp("tls server name and another parameter hostname", "silent", options="tls: true\n" + GOOD, target="$tls_good",
        query={"hostname": "elsewhere.test"}),
    tcp("tls banner", "tls_banner", '- expect: "^220"\n- send: QUIT\n- expect: "^221"', "tls: true\n" + GOOD),
    tcp("tls to a plain port", "ssh", options="tls: true\n" + GOOD),
    tcp("tls to silence", "silent", options="tls: true\n" + GOOD, **ENDLESS),
    tcp("tls with a missing file", "silent", options="tls: true\ntls_config: {ca_file: $dir/missing}", target="$tls_good"),
]
TARGETS = [
    tcp("closed port", "", target="$refusing"),
    tcp("no port", "", target="127.0.0.1"),
    tcp("port by name", "", target="127.0.0.1:http-alt-none"),
    tcp("port too high", "", target="127.0.0.1:70000"),
    tcp("port nought", "", target="127.0.0.1:0"),
    tcp("no host", "", target=":$tcp_ssh_port"),
    tcp("too many colons", "", target="127.0.0.1:1:2"),
    tcp("localhost", "", target="localhost:$tcp_ssh_port"),
    tcp("name that cannot be", "", target="a..test:1"),
    tcp("source address", "ssh", options="source_ip_address: 127.0.0.9"),
    tcp("source address that is not here", "ssh", options="source_ip_address: 192.0.2.77"),
    tcp("source address of the other family", "ssh", options="source_ip_address: \"::1\""),
    tcp("source address that is none", "ssh", options="source_ip_address: here", **useless()),
    Case("tcp ipv6", module("tcp"), "$plain6"),
    Case("tcp ipv6 without fallback", module("tcp", "ip_protocol_fallback: false"), "$tcp_ssh"),
    Case("tcp without options", module("tcp"), "$tcp_ssh"),
    Case("tcp name of both families", module("tcp"), "both.test:$plain6_port", live=True),
    Case("tcp name of IPv4 alone", module("tcp"), "v4.test:$tcp_ssh_port", live=True),
    Case("tcp name nobody knows", module("tcp"), "nobody.test:1", live=True),
]
CASES = [*SERVICES, *LINES, *TLS, *TARGETS]
