"""Asks both exporters every case, a few at a time, and says what differs."""

import collections
import concurrent.futures
import dataclasses
import json
import os
import signal
import sys
import textwrap

import lab

from . import config_cases, dns_cases, grpc_cases, handler_cases, http_cases, http_tls_cases, icmp_cases, tcp_cases
from .case import Case
from .comparison import Answer, Finding, compare
from .exporter import Exporter, check
from .laboratory import Laboratory

CASES = [*http_cases.CASES, *http_tls_cases.CASES, *tcp_cases.CASES, *icmp_cases.CASES, *dns_cases.CASES,
         *grpc_cases.CASES, *handler_cases.CASES]
FILES = config_cases.FILES
STORIES = handler_cases.STORIES
AT_ONCE = 6
REFUSED = (1, 2)  # exit codes: theirs, ours


@dataclasses.dataclass
class Results:
    findings: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)  # (name, why)

    def count(self, kind):
        return sum(f.kind == kind for f in self.findings)

    def failures(self):
        return [f for f in self.findings if f.kind in ("different", "stale")]

    def summary(self):
        added = collections.Counter(name for f in self.findings for name in f.additions)
        lines = [f"{f.case.name}: {f.kind}\n{textwrap.indent(f.diff, '  ')}\n" for f in self.failures()]
        lines += [f"skipped: {name}: {why}" for name, why in self.skipped]
        lines += [f"added: {name} on {n} pages" for name, n in sorted(added.items())]
        lines.append(f"{self.count('equal')} equal, {len(self.failures())} different, {self.count('deliberate')} deliberate")
        return "\n".join(lines)


class Driver:
    """Runs what `wanted(name)` chooses; with `live` also what needs root. `alter` changes the answers of ours before
    they are looked at, for tests of the comparison. A context manager: it owns the mock servers."""

    def __init__(self, folder, theirs, ours, live, wanted=lambda name: True, alter=lambda answer: answer):
        self.itself = theirs == ours
        self.alter = alter
        self.folder = folder
        self.commands = {"theirs": theirs, "ours": ours}
        self.live = live
        self.wanted = wanted
        self.results = Results()
        self.laboratory = Laboratory(folder)
        for side in self.commands:
            (folder / side).mkdir()

    def __enter__(self):
        self.laboratory.__enter__()
        return self

    def __exit__(self, *error):
        return self.laboratory.__exit__(*error)

    def run(self):
        """Results of everything that is wanted; once."""
        cases = [c for c in CASES if self.wanted(c.name)]
        files = [f for f in FILES if self.wanted(f"config {f.name}")]
        stories = [s for s in STORIES if self.wanted(f"story {s.name}")]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [pool.submit(self._story, s) for s in stories]
            jobs += [pool.submit(self._file, i, f) for i, f in enumerate(files)]
            if cases:
                self._ask_all(pool, jobs, self._filled(cases))
            self.results.findings += [self._judged(job.result()) for job in jobs]
        return self.results

    def _judged(self, finding):
        """One exporter twice has no deliberate differences."""
        return dataclasses.replace(finding, kind="equal", diff="") if self.itself and finding.kind == "stale" else finding

    def _filled(self, cases):
        """The cases with the laboratory's names in place; leaves out what this machine cannot do."""
        out = []
        for case in cases:
            if case.live and not self.live:
                self.results.skipped.append((case.name, "needs root"))
                continue
            try:
                out.append(fill(case, self.laboratory))
            except KeyError as missing:
                self.results.skipped.append((case.name, f"this machine has no {missing.args[0]}"))
        return out

    def _ask_all(self, pool, jobs, cases):
        exporters = {}
        try:
            for side in self.commands:
                exporters[side], cases = self._start(side, cases)
            done = [pool.submit(self._case, case, exporters) for case in cases]
            concurrent.futures.wait(done)
            jobs += done
            for side, exporter in exporters.items():
                if exporter.process.poll() is not None:
                    self.results.findings.append(Finding(Case(f"{side} lives on"), "different", exporter.said()[-2000:]))
        finally:
            for exporter in exporters.values():
                exporter.stop()

    def _start(self, side, cases):
        """An exporter with the modules of all cases; without those that it refuses, which is a finding each."""
        exporter = self._exporter(side, cases)
        if exporter.ready():
            return exporter, cases
        exporter.stop()
        words, taken = exporter.said(), []
        for case in cases:
            path = self.folder / side / "one.yml"
            path.write_text(configuration([case]), encoding="utf-8")
            code, said = check(self.commands[side], path) if case.module else (0, "")
            if code == 0:
                taken.append(case)
            else:
                kind = "deliberate" if side == "ours" and "module" in case.differs else "different"
                self.results.findings.append(Finding(case, kind, f"{side} refuses the module: {said}"))
        exporter = self._exporter(side, taken)
        if len(taken) == len(cases) or not exporter.ready():
            exporter.stop()
            raise RuntimeError(f"{side} does not start: {words}")
        return exporter, taken

    def _exporter(self, side, cases):
        path = self.folder / f"{side}.yml"
        path.write_text(configuration(cases), encoding="utf-8")
        return Exporter(self.commands[side], path, own_names=self.live)

    def _case(self, case, exporters):
        return compare(case, ask(exporters["theirs"], case), self.alter(ask(exporters["ours"], case)))

    def _file(self, number, file):
        """Both say yes or no to a file; what they say where it is no is their own."""
        path = self.folder / f"config_{number}.yml"
        path.write_bytes(file.text.encode("utf-8", "surrogateescape"))
        said = {side: check(command, path) for side, command in self.commands.items()}
        lines = {side: "taken" if code == 0 else f"refused with {code}" if code not in REFUSED or not words.strip() else "refused"
                 for side, (code, words) in said.items()}
        named = dataclasses.replace(file, name=f"config {file.name}")
        if lines["theirs"] == lines["ours"]:
            return Finding(named, "stale" if file.deliberate else "equal", page=(said["theirs"][1],))
        diff = "\n".join(f"{side}: {lines[side]}: {said[side][1].strip()}" for side in said)
        return Finding(named, "deliberate" if file.deliberate else "different", diff)

    def _story(self, story):
        named = dataclasses.replace(story, name=f"story {story.name}")
        told = {side: self._live_through(story, side) for side in self.commands}
        findings = [compare(case, theirs, ours) for (case, theirs), (_, ours) in zip(told["theirs"], told["ours"])]
        diffs = "\n".join(f"{f.case.name}: {f.kind}\n{f.diff}" for f in findings if f.kind in ("different", "stale"))
        kinds = {f.kind for f in findings}
        kind = next((k for k in ("different", "stale", "deliberate") if k in kinds), "equal")
        return Finding(named, kind, diffs, tuple(a for f in findings for a in f.additions),
                       tuple(line for f in findings for line in (f"{f.case.name}:", *f.page)))

    def _live_through(self, story, side):
        """(case, answer) of each step that asks."""
        path = self.folder / side / f"{story.name.replace(' ', '_')}.yml"
        path.write_text(story.config)
        web, flags = path.with_suffix(".web"), list(story.flags)
        if story.web:
            web.write_text(story.web)
            flags.append(f"--web.config.file={web}")
        exporter = Exporter(self.commands[side], path, *flags, prefix=story.prefix)
        out = []
        try:
            if not exporter.ready():
                return [(step[1], Answer(0, "", exporter.said().encode())) for step in story.steps if step[0] == "ask"]
            for verb, *words in story.steps:
                if verb == "write":
                    path.write_text(words[0])
                elif verb == "write web":
                    web.write_text(words[0])
                elif verb == "hang up":
                    os.kill(exporter.process.pid, signal.SIGHUP)
                else:
                    case = fill(words[0], self.laboratory)
                    if verb == "until":
                        lab.wait_until(lambda c=case, s=words[1]: ask(exporter, c).status == s, f"{story.name} of {side}")
                    else:
                        out.append((case, ask(exporter, case)))
        finally:
            exporter.stop()
        return out


def fill(case, laboratory):
    query = case.query
    if isinstance(query, str):
        query = laboratory.fill(query)
    else:
        query = {k: laboratory.fill(v) for k, v in query.items()}
    return dataclasses.replace(case, module=laboratory.fill(case.module), target=laboratory.fill(case.target), query=query)


def configuration(cases):
    lines = ["modules:"]
    for case in cases:
        if case.module:
            lines += [f"  {json.dumps(case.name)}:", textwrap.indent(case.module, "    ").rstrip("\n")]
    # The default module and one that is not for a case of its own.
    for name in ("http_2xx", "probe POST"):
        if all(case.name != name or not case.module for case in cases):
            lines += [f"  {json.dumps(name)}: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}"]
    return "\n".join(lines) + "\n"


def ask(exporter, case):
    query = case.query
    if isinstance(query, dict):
        query = dict(query)
        if case.module:
            query.setdefault("module", case.name)
        if case.target:
            query.setdefault("target", case.target)
    return exporter.ask(case.path, query, case.method, case.headers)


def report(results, out=sys.stderr):
    print("\n" + results.summary(), file=out)
