#!/usr/bin/env python3
"""What a packet costs `rampart sniff`, beside Suricata with one packet thread.

Both read the same capture with the same rules on the same CPU, checksums off, and write nothing but
alerts. CPU time is that of the whole process less its start, which is a run over the capture's first
packet with the same rules. In each round the two take turns at being first.

Without --pcap the bench makes a capture of its own on loopback, which needs root. Each capture is read
without rules and with each file of --rules (default: those of the canaries).
RAMPART names the program (default build/release/bin/rampart). The host must be idle.
"""

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile

import captures
import engines
import page
import peers

SHORTEST = 0.05  # seconds of CPU: what is less drowns in the start's own spread
CANARY_RULES = "scenarios/library/rules/canary.rules"
ENGINES = {"suricata": engines.suricata, "rampart": engines.rampart}
WORK = ["capture", "rules", "rounds", "packets", "its CPU", "rampart's", "ratio", "its packets/s", "rampart's",
        "its Gbit/s", "rampart's"]
COST = ["capture", "rules", "its start", "rampart's", "ratio", "its memory", "rampart's", "ratio",
        "rules it loaded", "rampart", "its alerts", "rampart's"]


@dataclasses.dataclass(frozen=True)
class Capture:
    path: str
    first: str  # a capture of its first packet
    bytes: int

    @property
    def name(self):
        return os.path.basename(self.path)


@dataclasses.dataclass(frozen=True)
class Result:
    """Of one engine in one round."""

    start: engines.Reading
    whole: engines.Reading

    @property
    def net(self):
        """CPU seconds for every packet but the first."""
        return self.whole.cpu - self.start.cpu

    @property
    def packets(self):
        return self.whole.packets - self.start.packets


def read(engine, capture, rules):
    result = Result(ENGINES[engine](capture.first, rules), ENGINES[engine](capture.path, rules))
    if result.net < SHORTEST:
        raise peers.Rejected(f"{engine} needed {result.net:.2f} s beside its start: the capture is too short")
    return result


def measure(capture, rules, rounds):
    """The rounds that count, as pairs of Suricata's result and rampart's, and why others do not."""
    kept, rejected = [], []
    where = f"{capture.name} with {name_of(rules)}"
    for n in range(rounds):
        order = list(ENGINES) if n % 2 == 0 else list(reversed(ENGINES))
        try:
            results = {engine: read(engine, capture, rules) for engine in order}
            theirs, own = results["suricata"], results["rampart"]
            if theirs.packets != own.packets:
                raise peers.Rejected(f"suricata read {theirs.whole.packets} packets, rampart {own.whole.packets}")
        except peers.Rejected as why:
            rejected.append(f"{where}, round {n + 1}: {why}")
            print(f"thrown away: {rejected[-1]}", file=sys.stderr)
            continue
        kept.append((theirs, own))
        print(f"{where}: round {n + 1} of {rounds}", file=sys.stderr)
    return kept, rejected


def name_of(rules):
    return os.path.basename(rules) if rules else "no rules"


def ratio(kept, figure):
    """rampart's to Suricata's in the same round: median, least and greatest."""
    ratios = [figure(own) / figure(theirs) for theirs, own in kept]
    return f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}..{max(ratios):.2f})"


def both(kept, figure, form):
    """The medians of Suricata and of rampart, as texts."""
    return [form.format(statistics.median(map(figure, results))) for results in zip(*kept)]


def work_row(capture, rules, kept, rounds):
    head = [capture.name, name_of(rules), f"{len(kept)} of {rounds}"]
    if not kept:
        return head + ["-"] * (len(WORK) - len(head))
    gbit = 8e-9 * capture.bytes
    return [*head, f"{kept[0][1].whole.packets:,}",
            *both(kept, lambda r: r.net, "{:.2f} s"), ratio(kept, lambda r: r.net),
            *both(kept, lambda r: r.packets / r.net, "{:,.0f}"), *both(kept, lambda r: gbit / r.net, "{:.2f}")]


def cost_row(capture, rules, kept):
    head = [capture.name, name_of(rules)]
    if not kept:
        return head + ["-"] * (len(COST) - len(head))
    return [*head,
            *both(kept, lambda r: r.start.cpu, "{:.2f} s"), ratio(kept, lambda r: r.start.cpu),
            *both(kept, lambda r: r.whole.peak / 2**20, "{:,.0f} MiB"), ratio(kept, lambda r: r.whole.peak),
            *both(kept, lambda r: r.whole.rules, "{:,.0f}"), *both(kept, lambda r: r.whole.alerts, "{:,.0f}")]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pcap", action="append", metavar="FILE", help="repeatable; else a capture of its own")
    parser.add_argument("--rules", action="append", metavar="FILE", help="repeatable; one set of rules each")
    page.add_write(parser)
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("rounds are at least 1")
    for path in [*(arguments.pcap or ()), *(arguments.rules or ())]:
        if not os.path.isfile(path):
            parser.error(f"{path} is not a file")
    return arguments


def prepare(arguments, folder):
    prepared = []
    for n, path in enumerate(arguments.pcap or [captures.make(folder)]):
        first = f"{folder}/first-{n}.pcap"
        captures.first_packet(path, first)
        prepared.append(Capture(path, first, captures.wire_bytes(path)))
    return prepared


def main():
    arguments = parse()
    page.need("suricata", "tcpdump", "taskset", peers.program())
    page.need_cpus(peers.CLIENT_CPU)
    host = page.Host()
    work, cost, rejected = [], [], []
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        for capture in prepare(arguments, folder):
            for rules in [None, *(arguments.rules or [CANARY_RULES])]:
                kept, bad = measure(capture, rules, arguments.rounds)
                work.append(work_row(capture, rules, kept, arguments.rounds))
                cost.append(cost_row(capture, rules, kept))
                rejected += bad
    command = " ".join(["script/bench sniffer", f"--rounds {arguments.rounds}",
                        *[f"--pcap {os.path.basename(path)}" for path in arguments.pcap or ()],
                        *[f"--rules {os.path.basename(path)}" for path in arguments.rules or ()]])
    versions = [page.version_of(peers.program(), "--version"), *page.package_versions("suricata")]
    page.finish(arguments, "sniffer", "\n\n".join([
        page.table(WORK, work),
        page.table(COST, cost),
        "Medians over the rounds; ratios are rampart to Suricata in the same round, median and (least..greatest).",
        *(f"Thrown away: {text}" for text in rejected),
        host.foot(command, versions),
    ]))
    if any(row[3] == "-" for row in work):
        page.fail("a capture has no round that counts")


if __name__ == "__main__":
    main()
