"""What only looks like an attack, for real: nothing is reported. Between two network namespaces: needs root."""

import shutil
import subprocess
import sys
import unittest

import lab
from two_spaces import HERE, PORT, TwoSpaces, VICTIM

URL = f"http://{VICTIM}:{PORT}/"

OWN_LOAD = """
name: own
duration: 4s
targets: { web: { url: "http://127.0.0.1:8080/" } }
load:
  - { name: rush, target: web, connections: 32, arrival: { model: open, rate: 20000/s } }
sniff: { interface: lo, threads: 2 }
"""


class Harmless(TwoSpaces):
    def assert_nothing(self, name, act, *flags):
        alerts = self.watch(name, act, *flags)
        self.assertEqual([a.get("behaviour", a) for a in alerts], [])

    def visitors(self, kind, seconds):
        """How many were served and how many were not."""
        process = self.inside(1, sys.executable, HERE / "visitors.py", kind, VICTIM, seconds,
                              stdout=subprocess.PIPE, text=True)
        served, failed = map(int, process.communicate(timeout=40)[0].split())
        print(f"{kind}: {served} served, {failed} not", file=sys.stderr)
        return served, failed

    def test_own_load(self):
        self.inside(1, *self.command("target", "--listen", "127.0.0.1:8080", "--duration", "60s"))
        self.must("ip", "netns", "exec", self.spaces[1], "sh", "-c",
                  "for i in $(seq 100); do ss -Hltn sport = :8080 | grep -q . && exit; sleep 0.05; done; exit 1")
        done = self.rampart("run", self.scenario(OWN_LOAD), "--db", self.db, "--json", "run.json",
                            prefix=("ip", "netns", "exec", self.spaces[1]))
        result = self.result()
        self.assertIn(done.returncode, lab.HOST_DEPENDENT, done.stderr)
        completed = result["load"][0]["completed"] / 4
        print(f"own load: {completed:.0f} requests/s", file=sys.stderr)
        self.assertGreater(completed, 1000)
        attacks = [v for v in result["verdicts"] if v["cause"].startswith("attack.")]
        self.assertEqual(attacks, [])

    def test_a_backup(self):
        self.serve()
        self.assert_nothing("backup", lambda: self.inside(
            1, "curl", "-s", "-o", "/dev/null", "--max-time", 10, URL + "backup").wait(timeout=20))

    def test_a_crawler(self):
        if shutil.which("wget") is None:
            self.skipTest("needs wget")
        self.serve()
        crawl = ("timeout", 5, "wget", "-r", "-l", 9, "-q", "-P", self.dir / "site", URL + "tree/0")
        self.assert_nothing("crawler", lambda: self.inside(1, *crawl).wait(timeout=20))
        pages = sum(1 for page in (self.dir / "site").rglob("*") if page.is_file())
        print(f"crawler: {pages} pages", file=sys.stderr)
        self.assertGreater(pages, 500)

    def test_a_flash_crowd(self):
        self.serve()
        self.give_visitors_addresses(200)
        self.assert_nothing("crowd", lambda: self.assertGreater(self.visitors("crowd", 4)[0], 500), "--threads", 4)

    def test_a_rolling_restart(self):
        self.serve(0, 20)
        self.assert_nothing("restart", lambda: self.assertGreater(self.visitors("services", 7)[1], 15))


if __name__ == "__main__":
    unittest.main()
