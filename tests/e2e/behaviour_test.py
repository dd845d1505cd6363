"""Attacks without a signature, for real, between two network namespaces that the test makes: needs root."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest
from datetime import datetime

import lab

HERE = pathlib.Path(__file__).parent
VICTIM, PORT = "10.77.0.1", 8080
LENGTH = 5

# Answers /login with 401, /big slowly if at all read, anything else at once.
SERVER = """
import socketserver, http.server
class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def setup(self):
        super().setup()
        self.request.setsockopt(6, 1, 1)
    def do_GET(self):
        body = b"x" * (8 << 20 if self.path == "/big" else 2)
        self.send_response(401 if self.path == "/login" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def log_message(self, *_): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128
    def handle_error(self, *_): pass
Server(("0.0.0.0", %d), Web).serve_forever()
""" % PORT


class Behaviour(lab.Case):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.spaces = [f"rampart-{name}-{os.getpid()}" for name in ("victim", "other")]
        for space in self.spaces:
            self.must("ip", "netns", "add", space)
            self.addCleanup(subprocess.run, ("ip", "netns", "del", space))
        self.must("ip", "link", "add", "v0", "netns", self.spaces[0], "type", "veth", "peer", "name", "v1",
                  "netns", self.spaces[1])
        for space, link, address in zip(self.spaces, ("v0", "v1"), (VICTIM, "10.77.0.2")):
            self.must("ip", "-n", space, "address", "add", f"{address}/24", "dev", link)
            for name in ("lo", link):
                self.must("ip", "-n", space, "link", "set", name, "up")
        # Answers to forged senders need a way out, as they have anywhere.
        self.must("ip", "-n", self.spaces[0], "route", "add", "default", "via", "10.77.0.2")
        self.inside(0, sys.executable, "-c", SERVER)
        lab.wait_until(self.answers, "the server to answer")

    def must(self, *words):
        subprocess.run(words, check=True, capture_output=True)

    def inside(self, which, *words, **more):
        process = subprocess.Popen(("ip", "netns", "exec", self.spaces[which], *map(str, words)), **more)
        self.addCleanup(self.end, process)
        return process

    def answers(self):
        ask = f"import urllib.request as u; u.urlopen('http://{VICTIM}:{PORT}/', timeout=1).read()"
        done = subprocess.run(("ip", "netns", "exec", self.spaces[1], sys.executable, "-c", ask),
                              capture_output=True)
        return done.returncode == 0

    def watch(self, kind, port=PORT):
        """What is reported while that attack goes on, and when it began."""
        eve = self.dir / f"{kind}.json"
        sniff = self.inside(0, self.command()[0], "sniff", "-i", "v0", "--eve", eve, "-q")
        time.sleep(1.5)  # it captures
        attacker = self.inside(1, sys.executable, HERE / "attackers.py", kind, VICTIM, port, LENGTH,
                               stdout=subprocess.PIPE, text=True)
        began = float(attacker.stdout.readline())
        attacker.wait(timeout=30)
        time.sleep(1.5)  # the last second is judged
        sniff.send_signal(signal.SIGINT)
        sniff.wait(timeout=20)
        events = [json.loads(line) for line in eve.read_text().splitlines()]
        return [e for e in events if e["event_type"] == "alert"], began

    def assert_found(self, kind, attack, within, port=PORT):
        alerts, began = self.watch(kind, port)
        kinds = {a["behaviour"]["attack"] for a in alerts}
        self.assertEqual(kinds, {attack}, [a["behaviour"] for a in alerts])
        first = datetime.strptime(alerts[0]["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
        delay = first - began
        print(f"{kind}: reported after {delay:.1f} s", file=sys.stderr)
        self.assertLess(delay, within)
        self.assertEqual(alerts[-1]["behaviour"]["phase"], "end")
        return alerts[-1]["behaviour"]

    def test_a_syn_flood_of_forged_senders(self):
        found = self.assert_found("syn-forged", "attack.syn_flood", 4)
        self.assertEqual(found["target_port"], PORT)
        self.assertGreater(found["sources"], 1000)
        self.assertEqual(found["impact"], "absorbed", found)  # the kernel sends cookies

    def test_a_syn_flood_of_one_sender(self):
        found = self.assert_found("syn", "attack.syn_flood", 4)
        self.assertEqual(found["top_sources"][0]["ip"], "10.77.0.2")

    def test_an_icmp_flood(self):
        self.assert_found("icmp", "attack.icmp_flood", 4)

    def test_a_udp_flood(self):
        self.assert_found("udp", "attack.udp_flood", 4, 9999)

    def test_an_http_flood(self):
        found = self.assert_found("http", "attack.http_flood", 4)
        self.assertEqual(found["top_sources"][0]["ip"], "10.77.0.2")

    def test_slow_requests_and_readers(self):
        for kind in ("slow-headers", "slow-body", "slow-read"):
            with self.subTest(kind):
                found = self.assert_found(kind, "attack.slow_http", 5)
                self.assertGreaterEqual(found["peak"], 50)

    def test_a_scan_of_ports(self):
        self.assert_found("scan", "attack.port_scan", 2.5)

    def test_guessed_passwords(self):
        self.assert_found("guess", "attack.brute_force", 3)

    def test_a_crawler_is_none(self):
        alerts, _ = self.watch("crawl")
        self.assertEqual(alerts, [])


if __name__ == "__main__":
    unittest.main()
