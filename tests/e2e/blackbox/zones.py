"""What the mock name server knows: records by name and type, and names at which it behaves badly."""

import dataclasses
import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
         "NAPTR": 35, "DS": 43, "SSHFP": 44, "DNSKEY": 48, "TLSA": 52, "SPF": 99, "ANY": 255, "CAA": 257,
         "TYPE65280": 65280}
CLASSES = {"IN": 1, "CH": 3, "HS": 4}
CODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "BADKEY": 17}


def name(text):
    """A name as it is on the wire; \\. stands for a dot within a label."""
    out = b""
    for label in text.replace("\\.", "\0").rstrip(".").split("."):
        if label:
            raw = label.replace("\0", ".").encode("latin-1")
            out += bytes([len(raw)]) + raw
    return out + b"\0"


def string(raw):
    return bytes([len(raw)]) + raw


def mx(preference, host):
    return struct.pack(">H", preference) + name(host)


def soa(serial):
    return name("ns1.example.test") + name("host\\.master.example.test") + struct.pack(
        ">IIIII", serial, 7200, 3600, 1209600, 300)


@dataclasses.dataclass(frozen=True)
class Record:
    name: str
    type: str
    data: bytes
    ttl: int = 300
    klass: str = "IN"

    def wire(self):
        return name(self.name) + struct.pack(">HHIH", TYPES[self.type], CLASSES[self.klass], self.ttl,
                                             len(self.data)) + self.data


@dataclasses.dataclass(frozen=True)
class Reply:
    code: str = "NOERROR"
    answer: tuple = ()
    authority: tuple = ()
    additional: tuple = ()


def v4(text):
    return ipaddress.IPv4Address(text).packed


def v6(text):
    return ipaddress.IPv6Address(text).packed


TOP = "example.test"
NS = (Record(TOP, "NS", name("ns1.example.test"), 3600), Record(TOP, "NS", name("ns2.example.test"), 3600))
GLUE = (Record("ns1.example.test", "A", v4("192.0.2.53")), Record("ns2.example.test", "AAAA", v6("2001:db8::53")))
SOA = Record(TOP, "SOA", soa(2026010203), 3600)

ZONES = {
    (TOP, "A"): Reply(answer=(Record(TOP, "A", v4("192.0.2.1")), Record(TOP, "A", v4("192.0.2.2"))), authority=NS,
                      additional=GLUE),
    (TOP, "AAAA"): Reply(answer=(Record(TOP, "AAAA", v6("2001:db8::1")), Record(TOP, "AAAA", v6("::ffff:192.0.2.1")),
                                 Record(TOP, "AAAA", v6("2001:db8:0:0:1:0:0:1")))),
    (TOP, "SOA"): Reply(answer=(SOA,)),
    (TOP, "NS"): Reply(answer=NS, additional=GLUE),
    (TOP, "MX"): Reply(answer=(Record(TOP, "MX", mx(10, "mx1.example.test")), Record(TOP, "MX", mx(20, ".")))),
    (TOP, "TXT"): Reply(answer=(
        Record(TOP, "TXT", string(b"v=spf1 -all") + string(b'a "quote" and \\ and ;')),
        Record(TOP, "TXT", string(b"\x00\x7f\xc3\xbc\t")), Record(TOP, "TXT", string(b"")))),
    (TOP, "CAA"): Reply(answer=(Record(TOP, "CAA", b"\x80" + string(b"issue") + b"ca.test; policy=ev"),)),
    (TOP, "HINFO"): Reply(answer=(Record(TOP, "HINFO", string(b"PDP 11") + string(b"UNIX")),)),
    (TOP, "NAPTR"): Reply(answer=(Record(TOP, "NAPTR", struct.pack(">HH", 100, 10) + string(b"S") + string(b"SIP+D2U") +
                                         string(b"!^.*$!sip:x@y!") + name("_sip._udp.example.test")),)),
    (TOP, "DS"): Reply(answer=(Record(TOP, "DS", struct.pack(">HBB", 60485, 13, 2) + bytes(range(32))),)),
    (TOP, "DNSKEY"): Reply(answer=(Record(TOP, "DNSKEY", struct.pack(">HBB", 257, 3, 13) + bytes(range(64))),)),
    (TOP, "SSHFP"): Reply(answer=(Record(TOP, "SSHFP", b"\x04\x02" + bytes(range(32))),)),
    ("odd.example.test", "ANY"): Reply(answer=(Record("odd.example.test", "TYPE65280", b"\x01\x02\xab"),)),
    (TOP, "SPF"): Reply(answer=(Record(TOP, "SPF", string(b"v=spf1 -all")),)),
    (TOP, "ANY"): Reply(answer=(Record(TOP, "A", v4("192.0.2.1")), SOA, *NS)),
    ("www.example.test", "A"): Reply(answer=(Record("www.example.test", "CNAME", name("web.example.test")),
                                             Record("web.example.test", "A", v4("192.0.2.80"), 60))),
    ("www.example.test", "SOA"): Reply(authority=(SOA,)),
    ("empty.example.test", "A"): Reply(authority=(SOA,)),
    ("MiXed.example.test", "A"): Reply(answer=(Record("MiXed.example.test", "A", v4("192.0.2.3"), 0),)),
    ("_443._tcp.example.test", "TLSA"): Reply(answer=(Record("_443._tcp.example.test", "TLSA", b"\x03\x01\x01" + bytes(32)),)),
    ("_sip._tcp.example.test", "SRV"): Reply(answer=(Record("_sip._tcp.example.test", "SRV", struct.pack(
        ">HHH", 1, 2, 5060) + name("sip.example.test")),)),
    ("1.2.0.192.in-addr.arpa", "PTR"): Reply(answer=(Record("1.2.0.192.in-addr.arpa", "PTR", name("a\\.b.example.test")),)),
    ("version.bind", "TXT"): Reply(answer=(Record("version.bind", "TXT", string(b"laboratory 1"), 0, "CH"),)),
    ("none.example.test", "A"): Reply("NXDOMAIN", authority=(SOA,)),
    ("formerr.example.test", "A"): Reply("FORMERR"),
    ("servfail.example.test", "A"): Reply("SERVFAIL"),
    ("servfail.example.test", "SOA"): Reply("SERVFAIL"),
    ("notimp.example.test", "A"): Reply("NOTIMP"),
    ("refused.example.test", "A"): Reply("REFUSED"),
    ("refused_with.example.test", "A"): Reply("REFUSED", answer=(Record("refused_with.example.test", "A", v4("192.0.2.9")),)),
    (".", "NS"): Reply(answer=(Record(".", "NS", name("a.root.test")),)),
    ("victim.test", "A"): Reply(answer=(Record("victim.test", "A", v4("10.77.0.1")),)),  # of two_spaces.py
    ("victim.test", "AAAA"): Reply(),
}
MANY = tuple(Record("many.example.test", "A", v4(f"192.0.2.{i}")) for i in range(200))
ZONES["many.example.test", "A"] = Reply(answer=MANY)
