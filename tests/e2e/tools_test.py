"""The attackers' own tools, bounded in count and time, between two network namespaces that the test makes."""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

import lab
from two_spaces import HERE, PORT, TwoSpaces, VICTIM, time_of

URL = f"http://{VICTIM}:{PORT}/"
SYN_FLOOD = ("hping3", "-q", "-S", "-p", PORT, "--rand-source", "-i", "u1000", "-c", 3000, VICTIM)
SLOW = ("slowhttptest", "-c", 60, "-r", 60, "-i", 1, "-l", 4, "-p", 2, "-u")


class Tools(TwoSpaces):
    def attack(self, name, *words, threads=1, before=0, most=5, after=0):
        """What is reported while the tool is at work, and when it began. `before` it visitors come for so long,
        and stay. `most` bounds its time, in seconds."""
        tool = shutil.which(words[0], path=os.environ["PATH"] + ":/usr/sbin")
        if tool is None:
            self.skipTest(f"needs {words[0]}")
        began = []

        def act():
            if before:
                self.give_visitors_addresses(5)
                self.inside(1, sys.executable, HERE / "visitors.py", "few", VICTIM, before + 8,
                            stdout=subprocess.DEVNULL)
                time.sleep(before)
            began.append(time.time())
            attacker = self.inside(1, "timeout", "-s", "INT", most, tool, *words[1:], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=self.dir)
            attacker.wait(timeout=20)
            time.sleep(after)

        alerts = self.watch(name, act, "--threads", threads)
        return alerts, began[0]

    def assert_found(self, attack, within, *words, impact="absorbed", **more):
        name = " ".join(str(w) for w in words[:2] if w != "-q")
        alerts, began = self.attack("eve", *words, **more)
        found = [a["behaviour"] for a in alerts]
        self.assertEqual({f["attack"] for f in found}, {attack}, found)
        delay = time_of(alerts[0]) - began
        print(f"{name}: {attack}, {found[-1]['impact']}, reported after {delay:.1f} s", file=sys.stderr)
        self.assertLess(delay, within)
        self.assertEqual(found[-1]["phase"], "end")
        self.assertEqual(found[-1]["impact"], impact, found[-1]["evidence"])
        return found[-1]

    def test_hping3_syn_flood(self):
        self.serve()
        found = self.assert_found("attack.syn_flood", 6, *SYN_FLOOD, threads=4)
        self.assertEqual(found["target_port"], PORT)
        self.assertGreater(found["sources"], 1000)

    def test_hping3_syn_flood_without_cookies_keeps_visitors_out(self):
        # With a smaller bound the kernel would keep room for hosts that it knows.
        self.must("ip", "netns", "exec", self.spaces[0], "sysctl", "-qw", "net.ipv4.tcp_syncookies=0",
                  "net.ipv4.tcp_max_syn_backlog=4096")
        self.serve()
        self.assert_found("attack.syn_flood", 6, *SYN_FLOOD, before=4, impact="degrading")

    def test_hping3_icmp_and_udp_floods(self):
        found = self.assert_found("attack.icmp_flood", 6, "hping3", "-1", "-q", "-i", "u1000", "-c", 3000, VICTIM,
                                  impact="unknown")  # nobody else is there
        self.assertEqual(len(found["top_sources"]), 1)
        self.assert_found("attack.udp_flood", 6, "hping3", "-2", "-q", "-p", 9999, "-i", "u200", "-c", 8000, VICTIM,
                          threads=4)

    def test_nmap_scans(self):
        closed = ("-n", "-Pn", "-p", "1000-1149", "--max-rate", 100, VICTIM)
        self.assert_found("attack.port_scan", 4, "nmap", "-sS", *closed, threads=4, impact="unknown")
        self.assert_found("attack.port_scan", 4, "nmap", "-sX", *closed, impact="unknown")
        # It has ended before it is clear that nothing will be answered.
        self.assert_found("attack.port_scan", 9, "nmap", "-sU", "-n", "-Pn", "-p", "1000-1199", "--max-retries", 0,
                          "--min-rate", 200, VICTIM, threads=4, after=6.5, impact="unknown")

    def test_slowhttptest(self):
        self.serve()
        for kind in (("-B",), ("-X", "-w", 10, "-y", 20, "-n", 5, "-z", 32, "-k", 3)):
            with self.subTest(kind[0]):
                url = URL + ("big" if kind[0] == "-X" else "")
                found = self.assert_found("attack.slow_http", 7, SLOW[0], *kind, *SLOW[1:], url, impact="unknown")
                self.assertGreaterEqual(found["peak"], 20)

    def test_slowhttptest_on_a_small_pool_keeps_visitors_out(self):
        self.serve(40)
        self.assert_found("attack.slow_http", 7, SLOW[0], "-H", *SLOW[1:], URL, before=4, impact="degrading")

    def test_ab(self):
        self.serve()
        found = self.assert_found("attack.http_flood", 6, "ab", "-c", 4, "-t", 4, "-n", 1_000_000, URL, before=3)
        self.assertEqual(found["target_port"], PORT)

    def test_ssh_guesses(self):
        """Of a real client at a real server, which shows how often it refuses to nobody but itself."""
        sshd = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
        if sshd is None:
            self.skipTest("needs sshd")
        self.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir / "key")
        (self.dir / "sshd.conf").write_text(
            f"Port 2222\nListenAddress {VICTIM}\nHostKey {self.dir}/key\nUsePAM no\nPidFile none\n"
            "PasswordAuthentication yes\nMaxStartups 100\n")
        ask = self.dir / "ask"
        ask.write_text("#!/bin/sh\necho wrong\n")
        ask.chmod(0o755)
        # /run is the namespace's own: sshd wants a folder there.
        self.inside(0, "sh", "-c", f"mount -t tmpfs none /run && mkdir /run/sshd && exec {sshd} -D -f "
                    f"{self.dir}/sshd.conf", stderr=subprocess.DEVNULL)
        lab.wait_until(lambda: self.answers(2222), "sshd")
        guess = (f"seq 36 | SSH_ASKPASS={ask} SSH_ASKPASS_REQUIRE=force xargs -P 20 -I% sh -c '"
                 "ssh -p 2222 -F /dev/null -o KexAlgorithms=curve25519-sha256 -o StrictHostKeyChecking=no "
                 "-o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 "
                 f"-o PreferredAuthentications=password someone@{VICTIM} true || true'")
        found = self.assert_found("attack.brute_force", 20, "sh", "-c", guess, most=20, impact="unknown")
        self.assertEqual(found["target_port"], 2222)


if __name__ == "__main__":
    unittest.main()
