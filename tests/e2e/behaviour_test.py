"""Attacks without a signature, for real, between two network namespaces that the test makes: needs root."""

import subprocess
import sys
import time
import unittest

from two_spaces import HERE, OTHER, PORT, TwoSpaces, VICTIM, time_of

LENGTH = 5


class Behaviour(TwoSpaces):
    def setUp(self):
        super().setUp()
        self.serve()

    def attack(self, kind, port=PORT, flags=()):
        """What is reported while that attack goes on, and when it began."""
        began = []

        def act():
            attacker = self.inside(1, sys.executable, HERE / "attackers.py", kind, VICTIM, port, LENGTH,
                                   stdout=subprocess.PIPE, text=True)
            began.append(float(attacker.stdout.readline()))
            attacker.wait(timeout=30)
            time.sleep(1.5)  # the last second is judged

        return self.watch(kind, act, *flags), began[0]

    def assert_found(self, kind, attack, within, port=PORT):
        alerts, began = self.attack(kind, port)
        kinds = {a["behaviour"]["attack"] for a in alerts}
        self.assertEqual(kinds, {attack}, [a["behaviour"] for a in alerts])
        delay = time_of(alerts[0]) - began
        print(f"{kind}: reported after {delay:.1f} s", file=sys.stderr)
        self.assertLess(delay, within)
        self.assertEqual(alerts[-1]["behaviour"]["phase"], "end")
        return alerts[-1]["behaviour"]

    def test_a_syn_flood_of_forged_senders(self):
        found = self.assert_found("syn-forged", "attack.syn_flood", 4)
        self.assertEqual(found["target_port"], PORT)
        self.assertGreater(found["sources"], 1000)
        self.assertEqual(found["impact"], "absorbed", found)  # the kernel sends cookies

    def test_a_visitor_is_not_blamed_for_a_syn_flood_of_forged_senders(self):
        """He comes more often than any of them, and is served each time."""
        ask = (f"import time, urllib.request\nfor _ in range(400):\n    time.sleep(0.01)\n"
               f"    urllib.request.urlopen('http://{VICTIM}:{PORT}/', timeout=3).read()")
        visitor = self.inside(1, sys.executable, "-c", ask)
        alerts, _ = self.attack("syn-forged")
        self.assertEqual(visitor.wait(timeout=20), 0)
        self.assertEqual({a["behaviour"]["attack"] for a in alerts}, {"attack.syn_flood"})
        for alert in alerts:
            self.assertNotIn("src_ip", alert)
            self.assertEqual(alert["behaviour"]["top_sources"], [])
        series = {m["series"] for m in alerts[-1]["behaviour"]["evidence"]}
        self.assertIn("requests answered", series)

    def test_a_syn_flood_of_one_sender(self):
        found = self.assert_found("syn", "attack.syn_flood", 4)
        self.assertEqual(found["top_sources"][0]["ip"], OTHER)

    def test_an_icmp_flood(self):
        self.assert_found("icmp", "attack.icmp_flood", 4)

    def test_a_udp_flood(self):
        self.assert_found("udp", "attack.udp_flood", 4, 9999)

    def test_an_http_flood(self):
        found = self.assert_found("http", "attack.http_flood", 4)
        self.assertEqual(found["top_sources"][0]["ip"], OTHER)

    def test_slow_requests_and_readers(self):
        for kind in ("slow-headers", "slow-body", "slow-read"):
            with self.subTest(kind):
                found = self.assert_found(kind, "attack.slow_http", 5)
                self.assertGreaterEqual(found["peak"], 50)

    def test_a_scan_of_ports(self):
        self.assert_found("scan", "attack.port_scan", 2.5)

    def test_a_scan_that_the_operator_expects(self):
        config = self.dir / "threshold.config"
        config.write_text(f"suppress gen_id 1000, sig_id 6, track by_src, ip {OTHER}\n")
        for threads in (1, 2):
            alerts, _ = self.attack("scan", flags=("--threshold-file", config, "--threads", threads))
            self.assertEqual(alerts, [])

    def test_guessed_passwords(self):
        self.assert_found("guess", "attack.brute_force", 3)

    def test_a_crawler_is_none(self):
        alerts, _ = self.attack("crawl")
        self.assertEqual(alerts, [])


if __name__ == "__main__":
    unittest.main()
