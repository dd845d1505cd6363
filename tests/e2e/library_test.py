"""Every scenario of the library runs as its head says, made short, and ends well."""

import os
import re
import shlex
import shutil

import lab

LIBRARY = lab.SOURCE / "scenarios" / "library"
CAPTURE = [] if os.geteuid() == 0 else ["--no-sniff"]
# A host that is busy with something else is slower than the scenarios ask.
PATIENT = 'objectives.latency={ p99: "< 5s" }'
# What makes each short.
SHORT = {
    "capacity": ["find.step=2s", "find.from=100/s", "find.most=200/s", "find.precision=50%"],
    "closed": ["duration=2s"],
    "demo": ["load.visitors.arrival.stages=[ { from: 50/s, hold: 2s } ]", "duration=2s"],
    "flow": ["duration=4s", PATIENT],
    "http2": ["load.pages.arrival.duration=2s", PATIENT],
    "network": ["duration=2s"],
    "quick": ["duration=2s"],
    "ramp": ["load.ramp.arrival.stages=[ { to: 100/s, over: 1s }, { hold: 1s } ]"],
    "slo": ["load.visitors.arrival.stages=[ { hold: 6s, from: 800/s } ]",
            "probes.web-http.interval=10ms", "probes.web-http.timeout=1s",
            PATIENT],
    "watch": ["duration=5s"],
}


def line_of(head, what):
    found = re.findall(rf"^# {what}: +(.+)$", head, re.MULTILINE)
    assert len(found) == 1, f"{what}: {found}"
    return found[0]


class Library(lab.Case):
    def copy_with_free_ports(self):
        """The library, with every port of loopback in it replaced by a free one."""
        folder = self.dir / "library"
        shutil.copytree(LIBRARY, folder)
        ports = {}
        for path in sorted(folder.glob("*.yml")):
            def other(match):
                return match[1] + str(ports.setdefault(match[2], lab.free_port()))
            path.write_text(re.sub(r"(127\.0\.0\.1:|tcp port )(\d+)", other, path.read_text()))
        return folder

    def run_file(self, path):
        head = re.match(r"(#.*\n)+", path.read_text())[0]
        self.assertTrue(head.startswith("# Shows: "), head)
        self.assertIn(f"scenarios/library/{path.name}", line_of(head, "Run"))
        words = shlex.split(line_of(head, "Start"))
        self.assertEqual(words[:2], ["rampart", "target"])
        listen = words[words.index("--listen") + 1]
        server = self.start(*words[1:], "--duration", "60s")
        lab.wait_until(lambda: lab.connects(int(listen.rsplit(":")[-1])), "the target")
        short = [word for value in SHORT[path.stem] for word in ("--set", value)]
        done = self.rampart("run", path, *CAPTURE, *short, "--db", self.db, "--json", "run.json")
        server.kill()
        said = done.stdout + done.stderr
        # Without the wire nothing is known of what crosses it.
        blind = {6: "INCONCLUSIVE"} if CAPTURE and "canaries:" in path.read_text() else {}
        self.assertIn(done.returncode, lab.HOST_DEPENDENT | blind, said)
        result = self.result()
        self.assert_accounts(result)
        for load in result["load"]:
            self.assertGreater(load["completed"], 0, said)
        for probe in result["probes"]:
            self.assertGreater(probe["succeeded"], 0, said)

    def test_every_scenario_runs_as_its_head_says(self):
        folder = self.copy_with_free_ports()
        paths = [p for p in sorted(folder.glob("*.yml")) if not p.stem.startswith("authorization")]
        self.assertEqual({p.stem for p in paths}, set(SHORT))
        for path in paths:
            with self.subTest(path.name):
                self.run_file(path)
