"""icmp: loopback answers; needs raw sockets."""

from .case import Case, module, useless, v4



def icmp(name, options="", target="127.0.0.1", **more):
    return Case(f"icmp {name}", module("icmp", v4(options)), target, live=True, **more)


CASES = [
    icmp("address"),
    icmp("another address of loopback", target="127.3.2.1"),
    Case("icmp without options", module("icmp"), "127.0.0.1", live=True),
    Case("icmp ipv6", module("icmp"), "::1", live=True),
    Case("icmp ipv6 in brackets", module("icmp"), "[::1]", live=True),
    Case("icmp ipv6 with a ttl", module("icmp", "ttl: 7"), "::1", live=True),
    Case("icmp ipv6 with a payload", module("icmp", "payload_size: 1000"), "::1", live=True),
    Case("icmp ipv6 with dont_fragment", module("icmp", "dont_fragment: true"), "::1", live=True),
    Case("icmp ipv6 and a fallback", module("icmp", "preferred_ip_protocol: ip6"), "127.0.0.1", live=True),
    Case("icmp ipv6 and no fallback", module("icmp", "ip_protocol_fallback: false"), "127.0.0.1", live=True),
    Case("icmp name of both families", module("icmp"), "both.test", live=True),
    icmp("name of both families by ip4", target="both.test"),
    icmp("name of IPv6 alone by ip4", target="v6.test"),
    icmp("name of IPv6 alone by ip4 alone", "ip_protocol_fallback: false", "v6.test"),
    icmp("localhost", target="localhost"),
    icmp("name nobody knows", target="nobody.test"),
    icmp("name that cannot be", target="a..test"),
    icmp("payload", "payload_size: 1000"),
    icmp("payload of one byte", "payload_size: 1"),
    icmp("payload of many packets", "payload_size: 20000"),
    icmp("payload that is too large", "payload_size: 70000", **useless()),
    icmp("dont_fragment", "dont_fragment: true"),
    icmp("dont_fragment and a payload", "dont_fragment: true\npayload_size: 2000"),
    icmp("ttl 1", "ttl: 1"),
    icmp("ttl 255", "ttl: 255"),
    icmp("ttl and dont_fragment", "ttl: 9\ndont_fragment: true"),
    icmp("source address", "source_ip_address: 127.0.0.9"),
    icmp("source address that is not here", "source_ip_address: 192.0.2.77"),
    icmp("source address that is none", "source_ip_address: here", **useless()),
    icmp("target with a port", target="127.0.0.1:80"),
]
