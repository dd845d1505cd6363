"""Capacity searches against a target of known capacity."""

import json
import os
import signal
import socket

from lab import DEADLINE, Case, wait_until


def host_is_busy():
    """More wants to run than there are CPUs: trials are then kept and missed by chance."""
    return os.getloadavg()[0] > os.cpu_count()


class Find(Case):
    # 500/s, so that a host that is busy with something else still is not the limit.
    SERVER = ("--service-time", "8ms", "--workers", "4")
    CAPACITY = 500

    def search(self, port, *flags):
        done = self.rampart("load", f"http://127.0.0.1:{port}/", "--find", "--step", "2s",
                            "--db", self.db, "--json", "result.json", *flags, timeout=150)
        return done, json.loads((self.dir / "result.json").read_text())

    def assert_found(self, capacity, done):
        output = done.stdout + done.stderr
        busy = host_is_busy()
        ends = {"found": 0, "client_limited": 5, "unsteady": 6} if busy else {"found": 0}
        self.assertIn(capacity["ended"], ends, output)
        self.assertEqual(done.returncode, ends[capacity["ended"]], output)
        # Nothing that happens on this host makes the server faster.
        self.assertLessEqual(capacity["rate"], 1.15 * self.CAPACITY, output)
        if capacity["ended"] != "found":
            return
        self.assertGreaterEqual(capacity["rate"], (0.4 if busy else 0.85) * self.CAPACITY, output)
        self.assertLessEqual(capacity["rate"], capacity["high"])
        low, high = capacity["ci95"]
        self.assertLessEqual(low, capacity["rate"])
        self.assertGreaterEqual(high, capacity["rate"])

    def test_the_capacity_is_found_and_judged_alike_again(self):
        done, result = self.search(self.target(*self.SERVER), "--while", "p99<500ms")
        capacity = result["capacity"]
        self.assert_found(capacity, done)
        self.assertEqual(capacity["wanted"], "p99 < 500 ms, errors < 1 %")
        self.assertIn("capacity: ", done.stdout)
        self.assertIn("missed", done.stdout)
        self.assertIn("trial ", done.stderr)  # the progress
        load = result["load"][0]
        self.assertEqual(load["offered"], load["started"] + load["missed"])
        self.assertEqual(load["started"], load["completed"] + load["failed"] + load["in_flight"])
        again = self.rampart("correlate", "last", "--db", self.db, "--json", "again.json", "-q")
        self.assertEqual(again.returncode, done.returncode, again.stderr)
        self.assertEqual(json.loads((self.dir / "again.json").read_text())["capacity"], capacity)
        page = self.rampart("report", "last", "--db", self.db, "--html", "report.html", "-q")
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertIn("<h2>Capacity</h2>", (self.dir / "report.html").read_text())

    def test_few_connections_are_the_clients_limit(self):
        # Each answer takes 50 ms, of any number at a time: four connections carry 80/s.
        done, result = self.search(self.target("--service-time", "50ms", "--workers", "1000"),
                                   "-c", "4", "--from", "20/s")
        capacity = result["capacity"]
        self.assertEqual(capacity["ended"], "client_limited", done.stdout + done.stderr)
        self.assertEqual(done.returncode, 5)
        self.assertEqual(result["validity"], "CLIENT_LIMITED")
        words = ["connections", "cpu"] if host_is_busy() else ["connections"]
        self.assertIn(result["client"]["limited_by"], words)
        self.assertIn(capacity["rate"], [40, 80])
        self.assertIsNone(capacity["high"])

    def test_an_interrupted_search_says_how_far_it_came(self):
        port = self.target()
        process = self.start("load", f"http://127.0.0.1:{port}/", "--find", "--step", "2s", "--db",
                             self.db, "--json", "result.json")

        def one_trial():
            done = self.rampart("report", "last", "--db", self.db, "--json", "-", "-q")
            return done.returncode == 0 and json.loads(done.stdout)["capacity"]["trials"]

        wait_until(one_trial, "the first trial")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=15)
        self.assertEqual(process.returncode, 130, output)
        capacity = json.loads((self.dir / "result.json").read_text())["capacity"]
        self.assertEqual(capacity["ended"], "interrupted")
        self.assertGreaterEqual(len(capacity["trials"]), 1)

    def test_answers_that_this_host_drops_are_told(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(DEADLINE)
            process = self.start("load", f"udp://127.0.0.1:{server.getsockname()[1]}", "--find",
                                 "--from", "20/s", "--step", "2s", "-c", "1", "--db", self.db,
                                 "--json", "result.json")

            def echo(times):
                for _ in range(times):
                    data, peer = server.recvfrom(65536)
                    server.sendto(data, peer)
                return data, peer

            data, peer = echo(5)
            process.send_signal(signal.SIGSTOP)
            for _ in range(5000):  # while nobody reads, until there is no room
                server.sendto(data, peer)
            process.send_signal(signal.SIGCONT)
            echo(5)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=15)
        self.assertEqual(process.returncode, 130, output)
        notes = " ".join(json.loads((self.dir / "result.json").read_text())["notes"])
        self.assertRegex(notes, r"load 'load': this host had no room for \d+ answers")

    def test_loads_without_a_rate_to_search_are_refused(self):
        for words, message in [
                (["icmp://127.0.0.1"], "--find: an icmp load cannot be searched"),
                (["tcp://127.0.0.1:1", "--mode", "hold"], "--find: mode hold keeps its connections"),
        ]:
            done = self.rampart("load", *words, "--find", "--db", self.db)
            self.assertEqual(done.returncode, 2, (words, done.stderr))
            self.assertIn(message, done.stderr)
        path = self.scenario("targets: { t: { url: \"tcp://127.0.0.1:1\" } }\n"
                             "load: [ { name: a, protocol: tcp, tcp: { mode: hold } } ]\nfind: {}\n")
        for command in ("check", "run"):
            done = self.rampart(command, path, *(["--db", self.db] if command == "run" else []))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("scenario.yml:2:48: mode hold", done.stdout + done.stderr)
        self.assertFalse(self.db.exists())

    def test_flags_that_do_not_fit(self):
        for flags, message in [
                (["--while", "p99<1s"], "belong to --find"),
                (["--find", "--while", "p99"], "a limit is 'p99 < 250ms'"),
                (["--find", "-R", "100"], "-R: --find sets the rate"),
                (["--find", "-d", "10s"], "-d: --find sets the rate"),
                (["--find", "--step", "1"], "--step: "),
                (["--find", "--step", "2500ms"], "--step: whole seconds"),
                (["--find", "--most", "50/s"], "--most: "),
                (["--find", "--precision", "0.1%"], "--precision: "),
        ]:
            done = self.rampart("load", "http://127.0.0.1:1/", *flags, "--db", self.db)
            self.assertEqual(done.returncode, 2, (flags, done.stderr))
            self.assertIn(message, done.stderr)
        self.assertFalse(self.db.exists())
