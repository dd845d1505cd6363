"""The main job with nginx and with the wire: needs root (capture, namespaces) and nginx."""

import json
import os
import pathlib
import pty
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import lab

HANG = """
name: hang
duration: 12s
workers: 2
targets: {{ web: {{ url: "http://127.0.0.1:{port}/small.txt" }} }}
load:
  - {{ name: browse, target: web, connections: 32, arrival: {{ model: open, rate: 1000/s }} }}
probes:
  - {{ name: web-http, module: http_2xx, target: web, interval: 250ms, timeout: 1s }}
  - {{ name: web-tcp, module: tcp_connect, target: web, interval: 250ms, timeout: 1s }}
"""

WATCH = """
name: watch
duration: 8s
targets: {{ web: {{ url: "http://127.0.0.1:{port}/" }} }}
load:
  - {{ name: browse, target: web, connections: 8, arrival: {{ model: open, rate: 200/s }} }}
probes:
  - {{ name: web-http, module: http_2xx, target: web, interval: 500ms, timeout: 1s }}
sniff:
  interface: lo
  filter: tcp port {port}
  rules: [ {library}/rules/*.rules ]
{canaries}
"""


class Nginx(lab.Case):
    def test_stopped_processes_are_a_hang(self):
        port, pids = self.nginx()
        path = self.scenario(HANG.format(port=port))
        process = self.start("run", path, "--db", self.db, "--json", "run.json")
        time.sleep(4)  # a baseline first
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        stopped = time.time()
        time.sleep(4)  # the fault lasts
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        continued = time.time()
        process.wait(timeout=60)
        result = self.result()
        self.assert_accounts(result)
        load = result["load"][0]
        self.assertEqual(load["offered"], 12000)
        self.assertGreater(load["latency_ms"]["p99"], 2000)
        self.assertLess(load["service_ms"]["p90"], 500)
        verdict = self.verdict(result, "fault.hang")
        start = lab_time(result["started"])
        self.assertAlmostEqual(start + verdict["from"], stopped, delta=1.0)
        self.assertAlmostEqual(start + verdict["to"], continued, delta=1.0)
        self.assertIn(result["validity"], lab.HOST_DEPENDENT[result["exit"]])


def lab_time(text):
    import datetime
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Wire(lab.Case):
    def watch(self, port, canaries=""):
        return self.scenario(WATCH.format(port=port, canaries=canaries,
                                          library=lab.SOURCE / "scenarios" / "library"))

    def test_an_attack_by_others_is_told_from_own_traffic(self):
        port = self.target()
        process = self.start("run", self.watch(port), "--db", self.db, "--json", "run.json")
        time.sleep(3)  # into the run
        for _ in range(3):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/../../etc/passwd").read()
            except urllib.error.HTTPError:
                pass
        process.wait(timeout=60)
        result = self.result()
        verdict = self.verdict(result, "attack.signature")
        self.assertEqual(verdict["actor"], "attacker")
        self.assertEqual(verdict["impact"], "absorbed")
        self.assertGreater(result["wire"]["packets"], 1000)
        self.assertIn(result["exit"], lab.HOST_DEPENDENT)

    def test_canaries_are_seen_and_are_our_own(self):
        port = self.target()
        path = self.watch(port, "canaries: { every: 2s, sids: [ 9000001, 9000002 ] }")
        done = self.rampart("run", path, "--db", self.db, "--json", "run.json")
        self.assertIn(done.returncode, lab.HOST_DEPENDENT, done.stdout + done.stderr)
        result = self.result()
        self.assertEqual(self.verdict(result, "attack.signature")["actor"], "own")
        self.assertGreaterEqual(result["detection"]["sent"], 6)
        self.assertEqual(result["detection"]["recall"], 1)

    def test_a_capture_that_is_not_allowed_says_what_the_command_has(self):
        less = ("setpriv", "--bounding-set=-net_raw")
        sniff = self.rampart("sniff", "-i", "lo", "--duration", "1s", prefix=less)
        run = self.rampart("run", self.watch(self.target(), ""), "--db", self.db, prefix=less)
        for done in (sniff, run):
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("capture on lo needs CAP_NET_RAW", done.stderr)
        self.assertNotIn("--no-sniff", sniff.stderr)
        self.assertIn("; --no-sniff runs without the wire", run.stderr)

    def test_a_hangup_opens_the_eve_file_again_for_log_rotation(self):
        for threads in (1, 2):
            eve, old = self.dir / f"eve{threads}.json", self.dir / f"eve{threads}.json.1"
            sniff = self.start("sniff", "-i", "lo", "--eve", eve, "--threads", threads)
            lab.wait_until(eve.exists, "the EVE file")
            lab.wait_until(lambda: self.gave_up_privileges(sniff), "the capture")
            eve.rename(old)
            sniff.send_signal(signal.SIGUSR2)
            sniff.send_signal(signal.SIGHUP)
            lab.wait_until(eve.exists, "the new EVE file")
            eve.unlink()
            eve.mkdir()  # where it cannot be opened again
            sniff.send_signal(signal.SIGHUP)
            time.sleep(0.2)
            self.assertIsNone(sniff.poll())
            eve.rmdir()
            sniff.send_signal(signal.SIGHUP)
            lab.wait_until(eve.exists, "the third EVE file")
            sniff.send_signal(signal.SIGTERM)
            said, _ = sniff.communicate(timeout=lab.DEADLINE)
            self.assertEqual(sniff.returncode, 128 + signal.SIGTERM, said)
            self.assertIn("SIGUSR2: rules are read at the start; start anew for changed ones", said)
            self.assertRegex(said, "SIGHUP: cannot write .*: Is a directory; events go on into the file that is open")
            self.assertNotIn('"stats"', old.read_text())
            self.assertIn('"event_type":"stats"', eve.read_text())

    def test_a_closed_terminal_ends_the_capture_in_order(self):
        for prefix, expected in (([], 128 + signal.SIGHUP), (["nohup"], 128 + signal.SIGTERM)):
            eve = self.dir / f"eve{len(prefix)}.json"
            pid, terminal = pty.fork()
            if pid == 0:
                os.chdir(self.dir)  # nohup writes there
                command = [*prefix, *self.command("sniff", "-i", "lo", "--eve", eve, "-q")]
                os.execvp(command[0], command)
            lab.wait_until(eve.exists, "the EVE file")
            os.close(terminal)
            if prefix:
                time.sleep(0.3)
                os.kill(pid, signal.SIGTERM)
            _, status = os.waitpid(pid, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), expected)
            self.assertIn('"event_type":"stats"', eve.read_text())

    @staticmethod
    def gave_up_privileges(process):
        return "NoNewPrivs:\t1" in pathlib.Path(f"/proc/{process.pid}/status").read_text()

    def test_sniff_gives_all_capabilities_up_once_it_captures(self):
        sniff = self.start("sniff", "-i", "lo", "--duration", "20s", "--eve", "eve.json")

        def status():
            lines = pathlib.Path(f"/proc/{sniff.pid}/status").read_text().splitlines()
            return dict(line.split(":\t", 1) for line in lines)

        lab.wait_until(lambda: int(status()["NoNewPrivs"]) == 1, "privileges to be dropped")
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            lab.wait_until(lambda: int(status()[name], 16) == 0, name)

    def test_threads_share_an_interface_and_give_the_capability_up(self):
        stats = self.dir / "stats.json"
        sniff = self.start("sniff", "-i", "lo", "--duration", "20s", "--stats", stats,
                           "--threads", "2")

        def capabilities():
            status = open(f"/proc/{sniff.pid}/status").read()
            return int(status.split("CapEff:")[1].split()[0], 16)

        lab.wait_until(lambda: not capabilities() >> 13 & 1, "CAP_NET_RAW to be dropped")
        url = f"http://127.0.0.1:{self.target()}/"
        until = time.monotonic() + 1  # packets come in blocks, so more than one block is needed
        while time.monotonic() < until:
            urllib.request.urlopen(url).read()
        sniff.send_signal(signal.SIGINT)
        sniff.wait(timeout=10)
        self.assertGreater(json.loads(stats.read_text())["capture"]["packets"], 4)

    def test_without_the_capability_it_says_how_to_grant_it(self):
        path = self.watch(self.target())
        self.dir.chmod(0o777)
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                  "--bounding-set=-all", "--inh-caps=-all")
        done = self.rampart("run", path, "--db", self.dir / "n.db", prefix=nobody)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("CAP_NET_RAW", done.stderr)
        done = self.rampart("run", path, "--db", self.dir / "n.db", "--no-sniff", "--json",
                            "run.json", prefix=nobody)
        self.assertIn(done.returncode, lab.HOST_DEPENDENT, done.stderr)
        self.assertGreater(self.result()["load"][0]["completed"], 1000)

    def test_nothing_leaves_for_an_unauthorised_target(self):
        # A namespace of its own in which 192.0.2.1 has a route, and a capture on it.
        inside = (
            "set -e; ip link set lo up; ip link add d0 type veth peer name d1;"
            "ip link set d0 up; ip link set d1 up; sysctl -qw net.ipv6.conf.all.disable_ipv6=1;"
            "ip addr add 192.0.2.2/24 dev d0; tcpdump -U -i d0 -w seen.pcap 2>dump.log & d=$!;"
            "until grep -q listening dump.log; do sleep 0.05; done;"
            f"rc=0; {lab.RAMPART} load http://192.0.2.1/ -c 1 -d 1s --db u.db >out.txt 2>&1 || rc=$?;"
            "kill -INT $d; wait $d || true; echo $rc > rc.txt;"
            "tcpdump -r seen.pcap -n 'host 192.0.2.1 or arp' 2>/dev/null | wc -l > count.txt")
        subprocess.run(["unshare", "-n", "bash", "-c", inside], cwd=self.dir, check=True, timeout=60)
        self.assertEqual((self.dir / "rc.txt").read_text().strip(), "2")
        self.assertEqual((self.dir / "count.txt").read_text().strip(), "0")


if __name__ == "__main__":
    unittest.main()
