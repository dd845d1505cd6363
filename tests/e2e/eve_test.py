"""The EVE file of a capture with HTTP, DNS, TLS and nonsense: what readers of EVE need is there, and the
one-liners of docs/eve.md find something."""

import json
import re
import shutil
import ssl
import struct
import subprocess
import unittest

import lab

SYN, ACK, PUSH, FIN = 0x02, 0x10, 0x08, 0x01
CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"


def ipv4(proto, source, destination, body):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, proto, 0, source,
                       destination) + body


class Capture:
    """A pcap file of raw IPv4 packets, a millisecond apart."""

    def __init__(self):
        self.bytes = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
        self.count = 0

    def add(self, packet):
        self.bytes += struct.pack("<IIII", 1700000000, self.count * 1000, len(packet),
                                  len(packet)) + packet
        self.count += 1

    def udp(self, port, query, answer):
        for to_server, text in ((True, query), (False, answer)):
            ports = (port, 53) if to_server else (53, port)
            ends = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
            self.add(ipv4(17, *ends, struct.pack(">HHHH", *ports, 8 + len(text), 0) + text))

    def tcp(self, ports, talk):
        """A whole connection; `talk` is what each side says, the client first."""
        seq = {True: 1, False: 1}

        def send(to_server, flags, payload=b""):
            pair = ports if to_server else ports[::-1]
            ends = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
            header = struct.pack(">HHIIBBHHH", *pair, seq[to_server],
                                 0 if flags == SYN else seq[not to_server], 5 << 4, flags, 65535, 0, 0)
            self.add(ipv4(6, *ends, header + payload))
            seq[to_server] += len(payload) + (1 if flags & (SYN | FIN) else 0)

        send(True, SYN)
        send(False, SYN | ACK)
        send(True, ACK)
        for i, text in enumerate(talk):
            send(i % 2 == 0, PUSH | ACK, text)
        send(True, FIN | ACK)
        send(False, FIN | ACK)
        send(True, ACK)


def dns(flags, name):
    labels = b"".join(bytes([len(part)]) + part for part in name.split(b".")) + b"\0"
    return struct.pack(">HHHHHH", 7, flags, 1, 0, 0, 0) + labels + struct.pack(">HH", 1, 1)


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="a.example")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def path_of(event, path):
    for part in path.split("."):
        event = event[part]
    return event


class Eve(lab.Case):
    def setUp(self):
        super().setUp()
        capture = Capture()
        request = b"GET /attack HTTP/1.1\r\nHost: www.example\r\nUser-Agent: x\r\n\r\n"
        answer = b"HTTP/1.1 503 No\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno"
        capture.tcp((40000, 80), [request, answer])
        capture.tcp((40001, 80), [b"GET / HTTP/1.1\r\n\r\n", answer])
        capture.tcp((40002, 443), [client_hello()])
        capture.udp(40003, dns(0x0100, b"none.example"), dns(0x8183, b"none.example"))
        (self.dir / "in.pcap").write_bytes(capture.bytes)
        (self.dir / "a.rules").write_text(
            'alert http any any -> any any (msg:"an attack"; http.uri; content:"/attack"; '
            "classtype:web-application-attack; sid:9000001; rev:3;)\n"
            'alert dns any any -> any any (msg:"a name"; dns.query; content:"none"; sid:9000002;)\n')

    def eve(self, *flags):
        (self.dir / "eve.json").unlink(missing_ok=True)
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "a.rules", "--eve", "eve.json", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in (self.dir / "eve.json").read_text().splitlines()]

    ALL = ("--eve-types", "alert,anomaly,flow,stats,http,dns,tls,ssh,smtp,ftp")

    def test_what_wazuh_and_filebeat_read_is_there(self):
        events = self.eve(*self.ALL)
        stamp = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$")
        needed = {
            "all": ["timestamp", "event_type"],
            "alert": ["alert.action", "alert.gid", "alert.signature_id", "alert.rev",
                      "alert.signature", "alert.category", "alert.severity", "app_proto",
                      "flow.pkts_toserver", "flow.bytes_toclient", "flow.start"],
            "flow": ["flow.pkts_toserver", "flow.pkts_toclient", "flow.bytes_toserver",
                     "flow.bytes_toclient", "flow.start", "flow.end", "flow.age", "flow.state",
                     "flow.reason", "flow.alerted", "app_proto"],
            "http": ["http.hostname", "http.url", "http.http_user_agent", "http.http_method",
                     "http.protocol", "http.status", "http.length", "http.http_content_type"],
            "dns": ["dns.type", "dns.id", "dns.rrname", "dns.rrtype"],
            "tls": ["tls.sni", "tls.version", "tls.ja3.hash", "tls.ja3.string", "tls.ja4"],
            "anomaly": ["anomaly.type", "anomaly.event", "anomaly.layer"],
        }
        ends = ["flow_id", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "community_id"]
        seen = set()
        for event in events:
            kind = event["event_type"]
            seen.add(kind)
            self.assertRegex(event["timestamp"], stamp)
            if kind == "stats":
                continue
            wanted = needed["all"] + ends + needed[kind]
            if kind == "http" and event["http"].get("url") == "/":
                wanted = [w for w in wanted if w not in ("http.hostname", "http.http_user_agent")]
            for path in wanted:
                self.assertIsNotNone(path_of(event, path), f"{path} of {event}")
            self.assertLess(event["flow_id"], 2**53)
            self.assertTrue(event["community_id"].startswith("1:"))
        self.assertEqual(seen, set(needed) - {"all"} | {"stats"})
        attack = next(e for e in events if e.get("alert", {}).get("signature_id") == 9000001)
        self.assertEqual(attack["http"]["hostname"], "www.example")
        self.assertEqual(attack["http"]["url"], "/attack")
        self.assertEqual(attack["alert"]["severity"], 1)

    def test_the_usual_types_have_no_records_of_applications(self):
        self.assertEqual({e["event_type"] for e in self.eve()}, {"alert", "anomaly", "flow", "stats"})
        self.assertEqual({e["event_type"] for e in self.eve("--eve-types", "tls")}, {"tls"})
        done = self.rampart("sniff", "-r", "in.pcap", "--eve", "e", "--eve-types", "alert,netflow")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'netflow' is no type of EVE events; there are: alert,", done.stderr)

    @unittest.skipUnless(shutil.which("jq"), "needs jq")
    def test_the_one_liners_of_the_documentation_find_something(self):
        self.eve(*self.ALL)
        # Alerts of behaviour are of no conversation.
        behaviour = {"timestamp": "2023-11-14T22:13:20.000000+0000", "event_type": "alert",
                     "alert": {"gid": 1000, "signature_id": 1, "signature": "SYN flood"}}
        eve = self.dir / "eve.json"
        eve.write_text(json.dumps(behaviour) + "\n" + eve.read_text())
        lines = [line for line in (lab.SOURCE / "docs/eve.md").read_text().splitlines()
                 if line.startswith("jq ")]
        self.assertGreaterEqual(len(lines), 5)
        for line in lines:
            done = subprocess.run(["bash", "-c", line], cwd=self.dir, capture_output=True, text=True,
                                  timeout=30)
            self.assertEqual((done.returncode, done.stderr), (0, ""), line)
            self.assertTrue(done.stdout.strip(), f"{line} finds nothing")

    def jq(self, what):
        """What the one-liner of the documentation under that comment prints of eve.json."""
        page = (lab.SOURCE / "docs/eve.md").read_text()
        line = re.search(rf"^# {what}.*\n(jq .*)$", page, re.MULTILINE).group(1)
        done = subprocess.run(["bash", "-c", line], cwd=self.dir, capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""), line)
        return done.stdout.splitlines()

    @unittest.skipUnless(shutil.which("jq"), "needs jq")
    def test_the_one_liners_count_alerts_and_follow_a_conversation(self):
        alert = {"event_type": "alert", "flow_id": 7, "alert": {"gid": 1, "signature_id": 5, "signature": "five"}}
        attack = {"event_type": "alert", "alert": {"gid": 1000, "signature_id": 5, "signature": "slow HTTP"}}
        others = [{"event_type": "flow", "flow_id": 7}, {"event_type": "flow", "flow_id": 8}, {"event_type": "stats"}]
        attacks = [attack | {"behaviour": {"phase": phase}} for phase in ("begin", "update", "end")]

        def write(*events):
            (self.dir / "eve.json").write_text("".join(json.dumps(e) + "\n" for e in events))

        write(*attacks, alert, *others, alert)
        self.assertEqual([line.split(maxsplit=1) for line in self.jq("which signatures, how often")],
                         [["2", "1:5 five"], ["1", "1000:5 slow HTTP"]])
        found = [json.loads(line)["event_type"] for line in self.jq("everything about one conversation")]
        self.assertEqual(found, ["alert", "flow", "alert"])
        write(*attacks, *others)
        self.assertEqual(self.jq("everything about one conversation"), [], "no conversation has an alert")

    @unittest.skipUnless(shutil.which("tcpdump"), "needs tcpdump")
    def test_tcpdump_reads_the_packets_around_alerts(self):
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "a.rules", "--alert-pcap", "pcaps")
        self.assertEqual(done.returncode, 0, done.stderr)
        files = sorted((self.dir / "pcaps").iterdir())
        self.assertEqual([f.name.split("-")[3] for f in files], ["9000001", "9000002"])
        http = subprocess.run(["tcpdump", "-n", "-r", files[0]], capture_output=True, text=True,
                              timeout=30)
        self.assertEqual(http.returncode, 0, http.stderr)
        packets = http.stdout.splitlines()
        self.assertEqual(len(packets), 8, "the whole connection, and nothing else")
        self.assertTrue(all("10.0.0.1.40000" in line for line in packets), packets)
        self.assertIn("GET /attack", packets[3])
        self.assertIn("packets around 2 alerts in 2 pcap files", done.stdout)

    def test_thresholds_of_the_operator(self):
        config = self.dir / "threshold.config"
        config.write_text("suppress gen_id 1, sig_id 9000001\nsuppress gen_id 1, sig_id 4\n")
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "a.rules", "--threshold-file", config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 alerts, 1 held back by thresholds", done.stdout)
        self.assertIn("threshold.config:2:1: no loaded rule has gen_id 1 and sig_id 4", done.stderr)
        self.assertIn("threshold.config: ok (2 entries)", self.rampart("check", config).stdout)
        config.write_text("suppress gen_id 1, sig_id 1\nrate_filter gen_id 1, sig_id 1, track by_src, "
                          "count 1, seconds 1, new_action drop, timeout 1\n")
        complaint = "threshold.config:2:78: new_action 'drop' is not possible"
        done = self.rampart("sniff", "-r", "in.pcap", "-S", "a.rules", "--threshold-file", config)
        self.assertEqual(done.returncode, 2)
        self.assertIn(complaint, done.stderr)
        done = self.rampart("check", config)
        self.assertEqual(done.returncode, 2)
        self.assertIn(complaint, done.stdout)
        config.write_text("supp\x1b[2Jress\n" + "x" * 100000 + "\n")
        done = self.rampart("sniff", "-r", "in.pcap", "--threshold-file", config)
        self.assertEqual(done.returncode, 2)
        self.assertIn("threshold.config:1:1: ", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertLess(len(done.stderr), 1000)


if __name__ == "__main__":
    unittest.main()
