"""Loads of TCP connections, UDP and ICMP echoes from the command line, against `rampart target --echo`."""

import os
import unittest

import lab


class Sockets(lab.Case):
    def setUp(self):
        super().setUp()
        self.echo = lab.free_port()
        self.http = self.target("--echo", f"127.0.0.1:{self.echo}")

    def load(self, *words):
        done = self.rampart("load", *words, "--db", self.db, "--json", "run.json", "--html", "r.html")
        self.assertIn(done.returncode, {**lab.HOST_DEPENDENT, 6: "INCONCLUSIVE"}, done.stderr)
        result = self.result()
        self.assert_accounts(result)
        self.output = done.stdout
        return result["load"][0]

    def test_each_mode(self):
        stream = f"tcp://127.0.0.1:{self.echo}"
        cases = [
            ((stream, "--close", "rst", "-R", "200/s", "-d", "1s"), "tcp", 200, 0),
            ((f"http://127.0.0.1:{self.http}/", "--mode", "connect", "-n", 50), "tcp", 50, 0),
            ((stream, "--mode", "hold", "-c", 20, "-d", "1s"), "tcp", 20, 0),
            ((stream, "--mode", "echo", "--bytes", 1000, "-n", 300), "tcp", 300, 1000),
            ((stream, "--mode", "send", "-R", "200/s", "-d", "1s"), "tcp", 200, 64),
            ((f"udp://127.0.0.1:{self.echo}", "-R", "200/s", "-d", "1s", "--bytes", 100), "udp", 200,
             100),
        ]
        for words, protocol, requests, size in cases:
            with self.subTest(words):
                load = self.load(*words)
                self.assertEqual(load["protocol"], protocol)
                self.assertEqual(load["completed"], requests)
                self.assertEqual(load["bytes_out"], requests * size)
                self.assertIn(f"{protocol} 127.0.0.1", self.output)
                page = (self.dir / "r.html").read_text().split('class="document"')[0]
                for shown in (self.output, page):
                    self.assertFalse("http_" in shown, "words of HTTP")

    def test_refused_datagrams_are_named(self):
        # Few: the kernel bounds how many ICMP errors it sends.
        done = self.rampart("load", f"udp://127.0.0.1:{lab.free_port()}", "-R", "20/s", "-d", "1s",
                            "--db", self.db, "--json", "run.json")
        self.assert_accounts(self.result())
        load = self.result()["load"][0]
        self.assertEqual(load["failed"], 20)
        self.assertGreater(load["errors"]["connect"], 0)
        self.assertIn("connect_refused", done.stdout)

    def test_flags_that_do_not_fit(self):
        stream, udp, page = "tcp://127.0.0.1:9", "udp://127.0.0.1:9", "http://127.0.0.1:9/"
        for words, wanted in [
            ((stream, "--http2"), "belong to HTTP"),
            ((stream, "-H", "A: b"), "belong to HTTP"),
            ((udp, "--body", "x"), "belong to HTTP"),
            (("icmp://127.0.0.1", "--no-keep-alive"), "belong to HTTP"),
            ((page, "--bytes", "9"), "--bytes and --close belong to"),
            ((stream, "--mode", "ech"), "--mode ech: connect, handshake, hold, echo or send"),
            ((udp, "--mode", "echo"), "--mode: udp loads only echo"),
            ((udp, "--close", "rst"), "--close belongs to TCP"),
            ((udp, "--bytes", "15"), "--bytes: 16 to 65507"),
            ((stream, "--bytes", "64"), "--bytes belongs to the modes echo and send"),
            ((stream, "--mode", "echo", "--close", "rst"), "--close belongs to the modes"),
            ((stream, "--close", "soft"), "--close soft: fin or rst"),
            ((stream, "--mode", "handshake"), "needs an https:// URL"),
            ((stream, "-m", "4"), "a TCP connection carries one request at a time"),
            ((stream, "--mode", "hold", "-R", "5/s"), "leave -R out"),
            ((stream, "--mode", "hold", "-n", "5"), "leave -n out"),
            (("https://127.0.0.1:9/", "--mode", "connect", "-k"), "makes no TLS handshake"),
            (("icmp://127.0.0.1", "-c", "65536", "-m", "1"), "ICMP can tell 65535 sockets apart"),
            (("udp://127.0.0.1",), "udp needs a port"),
            (("udp://192.0.2.1:9",), "not authorised"),
        ]:
            with self.subTest(words):
                done = self.rampart("load", *words, "--db", self.db)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(wanted, done.stderr)

    def test_the_echo_is_on_loopback_only(self):
        done = self.rampart("target", "--echo", "192.0.2.1:9000", "--listen", "127.0.0.1:0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--echo 192.0.2.1:9000: the target serves loopback only", done.stderr)


@unittest.skipUnless(os.geteuid() == 0, "needs CAP_NET_RAW")
class Network(Sockets):
    """The shipped scenario, with ICMP."""

    test_each_mode = test_refused_datagrams_are_named = None
    test_flags_that_do_not_fit = test_the_echo_is_on_loopback_only = None

    def test_the_shipped_scenario(self):
        path = lab.SOURCE / "scenarios" / "library" / "network.yml"
        done = self.rampart("run", path, "--db", self.db, "--json", "run.json", "--set", "duration=3s",
                            "--set", f"targets.stream.url=tcp://127.0.0.1:{self.echo}",
                            "--set", f"targets.datagrams.url=udp://127.0.0.1:{self.echo}")
        self.assertIn(done.returncode, lab.HOST_DEPENDENT, done.stderr)
        result = self.result()
        self.assert_accounts(result)
        loads = {load["name"]: load for load in result["load"]}
        for name, least in (("churn", 150), ("stream-echo", 500), ("datagram-echo", 500), ("ping", 50)):
            self.assertGreaterEqual(loads[name]["completed"], least, name)
            self.assertEqual(loads[name]["failed"], 0, name)
        self.assertEqual(loads["ping"]["protocol"], "icmp")
