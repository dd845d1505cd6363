"""What bounds a load is named: the client's own limits, and not those of a slow server."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

import lab


class Limits(lab.Case):
    def load(self, url, *words, prefix=()):
        """Runs `rampart load`; the process and its result."""
        done = self.rampart("load", url, *words, "--db", self.db, "--json", "run.json",
                            prefix=prefix)
        result = self.result()
        self.assert_accounts(result)
        self.assertEqual(result["exit"], done.returncode, done.stderr)
        return done, result

    def assert_limited(self, done, result, by):
        said = result["validity_reason"] + done.stderr
        self.assertEqual(result["validity"], "CLIENT_LIMITED", said)
        self.assertEqual(result["client"]["limited_by"], by, said)
        self.assertEqual(done.returncode, 5, said)
        self.assertIn("rampart doctor", done.stderr)
        self.assertIn("limited by", done.stdout)

    def test_a_rate_beyond_the_client_is_the_clients_limit(self):
        # Also where the server ends first: no server could be asked at that rate by one thread.
        url = f"http://127.0.0.1:{self.target()}/"
        done, result = self.load(url, "-R", "2M/s", "-c", 64, "-d", "4s")
        self.assert_limited(done, result, "cpu")

    def test_a_slow_server_is_not(self):
        for flags, words in (
                (("--service-time", "20ms", "--workers", 1), ("-R", "200/s", "-c", 10)),
                (("--service-time", "20ms", "--workers", 1), ("-R", "1k/s", "-c", 4)),
                (("--capacity", "100/s"), ("-R", "1k/s", "-c", 64)),
                (("--hang", "1s:2s"), ("-R", "200/s", "-c", 8)),
                (("--hang", "0s:60s"), ("-R", "200/s", "-c", 8))):
            port_file = self.dir / "port"
            port_file.unlink(missing_ok=True)
            url = f"http://127.0.0.1:{self.target(*flags)}/"
            done, result = self.load(url, *words, "-d", "5s")
            limit = result["client"]["limited_by"]
            if limit == "cpu":  # this host is busy with something else: requests left late
                self.assertGreater(result["client"]["schedule_lag_ms_p99"], 10,
                                   result["validity_reason"])
                continue
            self.assertIn(done.returncode, (0, 3, 6), (flags, result["validity_reason"]))
            self.assertIn(result["validity"], ("VALID", "INCONCLUSIVE"), flags)
            self.assertIn(limit, ("", "connections"))

    def test_a_pool_too_small_for_the_rate_is_named(self):
        url = f"http://127.0.0.1:{self.target('--latency', '200ms')}/"
        done, result = self.load(url, "-R", "500/s", "-c", 16, "-d", "5s")
        if result["client"]["limited_by"] == "cpu":  # this host is busy with something else
            self.assertEqual(done.returncode, 5)
            return
        self.assertEqual(done.returncode, 0, result["validity_reason"])
        self.assertEqual(result["client"]["limited_by"], "connections")
        self.assertIn("raise connections (-c)", result["validity_reason"])

    def test_too_few_descriptors(self):
        # At that latency the rate needs 100 connections, more than there can be.
        for flags, words in (((), ()), (("--latency", "100ms"), ("-R", "1k/s"))):
            (self.dir / "port").unlink(missing_ok=True)
            url = f"http://127.0.0.1:{self.target(*flags)}/"
            done, result = self.load(url, "-c", 200, "-d", "3s", *words,
                                     prefix=("sh", "-c", 'ulimit -n 64; exec "$@"', "sh"))
            self.assert_limited(done, result, "fds")
            codes = {c["code"]: c["count"] for c in result["load"][0]["error_codes"]}
            self.assertGreater(codes[902], 0)

    def test_what_came_while_the_client_stood_still_is_no_time_out(self):
        port = self.target("--latency", "20ms")
        client = self.start("load", f"http://127.0.0.1:{port}/", "-c", 64, "-d", "4s", "--timeout",
                            "300ms", "--db", self.db, "--json", "run.json")
        for _ in range(3):
            time.sleep(0.7)  # not to wait for something, but to let it work
            client.send_signal(signal.SIGSTOP)
            time.sleep(0.6)  # twice the time that an answer may take
            client.send_signal(signal.SIGCONT)
        self.assertEqual(client.wait(30), 0)
        load = self.result()["load"][0]
        self.assertEqual(load["failed"], 0, load["error_codes"])
        self.assertGreater(load["latency_ms"]["max"], 500)

    def test_steal_is_measured(self):
        url = f"http://127.0.0.1:{self.target()}/"
        done, result = self.load(url, "-R", "100/s", "-d", "2s")
        self.assertGreaterEqual(result["client"]["steal_percent"], 0)
        self.assertLessEqual(result["client"]["steal_percent"], 100)
        self.assertIn("steal ", done.stdout)


class Doctor(lab.Case):
    def test_every_check_has_a_line(self):
        done = self.rampart("doctor", "--db", self.db, "--json", "host.json")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        document = self.result("host.json")
        self.assertEqual(document["fit"] == "bad", done.returncode == 3)
        self.assertGreaterEqual(len(document["checks"]), 17)
        for check in document["checks"]:
            self.assertIn(check["check"], done.stdout)
            self.assertIn(check["fitness"], ("ok", "unknown", "warn", "bad"))
            self.assertEqual(check["fitness"] in ("warn", "bad"), check["remedy"] != "", check)
        self.assertNotIn("\x1b", done.stdout)
        limits = {c["check"]: c for c in document["checks"]}
        self.assertIn(str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
                      limits["open files"]["measured"])

    def test_a_host_that_is_not_fit_ends_with_3(self):
        done = self.rampart("doctor", "--json", "-",
                            prefix=("sh", "-c", 'ulimit -n 256; exec "$@"', "sh"))
        self.assertEqual(done.returncode, 3, done.stderr)
        checks = {c["check"]: c for c in json.loads(done.stdout)["checks"]}
        self.assertEqual(checks["open files"]["fitness"], "bad")
        self.assertIn("256 soft", checks["open files"]["measured"])

    def test_a_scenario_says_what_is_enough(self):
        path = self.scenario(
            'name: s\nduration: 1s\ntargets: { web: { url: "http://127.0.0.1:1/" } }\n'
            "load: [ { name: l, target: web, connections: 100000, arrival: { model: open, rate: 1/s } } ]\n"
            f"sniff: {{ interface: nosuch0, rules: [ {lab.SOURCE}/scenarios/library/rules/canary.rules ] }}\n")
        done = self.rampart("doctor", path)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("nosuch0: there is none", done.stdout)
        self.assertRegex(done.stdout, r"bad +local ports +\S+: \d+ for each address and peer, 100000 needed")

    def test_mistakes_end_with_2(self):
        self.assertEqual(self.rampart("doctor", "missing.yml").returncode, 2)
        self.assertEqual(self.rampart("doctor", self.scenario("nme: x\n")).returncode, 2)
        self.assertEqual(self.rampart("doctor", "--nonsense").returncode, 2)


class Ports(lab.Case):
    """Needs root: a network namespace with a narrow range of local ports."""

    NAMESPACE = f"rampart-ports-{os.getpid()}"

    def setUp(self):
        super().setUp()
        self.ip("netns", "add", self.NAMESPACE)
        self.addCleanup(self.ip, "netns", "delete", self.NAMESPACE)
        self.inside = ("ip", "netns", "exec", self.NAMESPACE)
        self.ip("-n", self.NAMESPACE, "link", "set", "lo", "up")
        subprocess.run([*self.inside, "sysctl", "-qw",
                        "net.ipv4.ip_local_port_range=40000 40050"], check=True)

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def served(self):
        """`rampart target` within the namespace; its URL."""
        port_file = self.dir / "port"
        process = subprocess.Popen([*self.inside, *self.command(
            "target", "--listen", "127.0.0.1:8080", "--port-file", port_file, "--duration", "60s")],
            stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lab.wait_until(lambda: port_file.exists() and port_file.read_text().strip(), "the target")
        return "http://127.0.0.1:8080/"

    def test_too_few_local_ports(self):
        url = self.served()
        for words in (("-c", 200), ("-c", 200, "-R", "1k/s"),
                      ("-c", 64, "-R", "500/s", "--no-keep-alive")):
            done = self.rampart("load", url, *words, "-d", "3s", "--db", self.db, "--json",
                                "run.json", prefix=self.inside)
            result = self.result()
            self.assert_accounts(result)
            self.assertEqual(result["client"]["limited_by"], "ports", (words, result["validity_reason"]))
            self.assertEqual(done.returncode, 5, words)
            codes = {c["code"] for c in result["load"][0]["error_codes"]}
            self.assertIn(901, codes)

    def test_the_doctor_sees_them(self):
        done = self.rampart("doctor", "--json", "-", prefix=self.inside)
        self.assertEqual(done.returncode, 3)
        checks = {c["check"]: c for c in json.loads(done.stdout)["checks"]}
        self.assertEqual(checks["local ports"]["fitness"], "bad")
        self.assertIn("40000-40050: 51", checks["local ports"]["measured"])


if __name__ == "__main__":
    unittest.main()
