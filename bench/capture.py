#!/usr/bin/env python3
"""Packets lost by `rampart sniff` and by Suricata (af-packet) as the speed rises.

tcpreplay sends a capture over a pair of virtual interfaces from one network namespace to another, again and
again for --seconds, at each of --speeds; there one sniffer after the other listens, with one thread, one CPU,
the same rules and about the same buffer. The capture is --pcap, else one that the bench makes of rampart's own
HTTP load on loopback; the rules are --rules, else a thousand made ones that search in URIs and bodies.

What was sent is what the kernel handed over the link. Seen is what the sniffer decoded; what it says it lost
must be the difference, packet by packet. First each sniffer is stopped while packets come, so that it must lose
some, whatever the host can do: that is the test of its count. Needs root. Namespaces are
removed at the end, an interrupted one included. RAMPART names the program (default build/release/bin/rampart).
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import re
import signal
import string
import subprocess
import sys
import tempfile
import time

import page
import peers

REPLAY_CPU, SNIFF_CPU = 0, 1
SPEEDS = (20_000, 40_000, 60_000, 80_000, 120_000, 160_000, 240_000, 320_000, 480_000)
MADE_RATE, MADE_SECONDS, MADE_PORT = 5_000, 4, 8080
CLIENT_LIMITED = 5  # exit code
IDLE = 4  # hundredths of a second of CPU that a sniffer takes per second to do nothing
STALLED = 600_000  # packets that come while a sniffer is stopped: more than its buffer has room for
READY, DRAINED = 60, 60  # seconds that these may take at most
SURICATA = """%YAML 1.1
---
vars:
  address-groups: {{ HOME_NET: "any", EXTERNAL_NET: "any" }}
  port-groups: {{ HTTP_PORTS: "any" }}
runmode: workers
af-packet:
  - {{ interface: far, threads: 1, cluster-id: 99, cluster-type: cluster_flow, defrag: yes, use-mmap: yes,
      tpacket-v3: yes, ring-size: 1024, block-size: 1048576, checksum-checks: no }}
stream: {{ checksum-validation: no }}
stats: {{ enabled: yes, interval: 3600 }}
outputs:
  - eve-log: {{ enabled: yes, filetype: regular, filename: eve.json, types: [ alert, anomaly, flow, stats ] }}
unix-command: {{ enabled: no }}
"""


@dataclasses.dataclass(frozen=True)
class Sent:
    packets: int
    speed: float    # packets per second
    megabits: float


@dataclasses.dataclass(frozen=True)
class Figures:
    sent: Sent
    seen: int
    counted: int    # that the sniffer says it lost

    @property
    def lost(self):
        return self.sent.packets - self.seen

    def row(self, what, tool):
        return [what, tool, f"{self.sent.speed:,.0f}/s", f"{self.sent.megabits:,.0f} Mbit/s",
                f"{self.sent.packets:,}", f"{self.lost:,}", f"{100 * self.lost / self.sent.packets:.2f} %",
                "exact" if self.counted == self.lost else f"{self.counted:,}"]


def must(*command, codes=(0,), **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)
    if done.returncode not in codes:
        page.fail(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()[-300:] or done.returncode}")
    return done.stdout


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            page.fail(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Link:
    """Two namespaces and their link, near and far; removed on exit."""

    def __init__(self):
        self._near, self._far = (f"rampart-bench-{end}-{os.getpid()}" for end in ("n", "f"))
        self._exit = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            for name in (self._near, self._far):
                must("ip", "netns", "add", name)
                undo.callback(must, "ip", "netns", "del", name)
                # Nothing but what is replayed may be on the link.
                must("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                     "net.ipv6.conf.default.disable_ipv6=1")
            must("ip", "-n", self._near, "link", "add", "near", "type", "veth", "peer", "name", "far", "netns",
                 self._far)
            for name, link in ((self._near, "near"), (self._far, "far")):
                must("ip", "-n", name, "link", "set", link, "mtu", 65535, "arp", "off", "up")
                must("ip", "-n", name, "link", "set", "lo", "up")
            self._exit = undo.pop_all()
        return self

    def __exit__(self, *unused):
        self._exit.close()

    def near(self, cpu, *words):
        return ["ip", "netns", "exec", self._near, "taskset", "-c", str(cpu), *map(str, words)]

    def far(self, cpu, *words):
        return ["ip", "netns", "exec", self._far, "taskset", "-c", str(cpu), *map(str, words)]

    def _delivered(self):
        row = json.loads(must("ip", "-j", "-s", "-n", self._near, "link", "show", "near"))[0]["stats64"]["tx"]
        return row["packets"], row["dropped"]

    def replay(self, pcap, speed, bound):
        """`bound` is the option that ends it."""
        before = self._delivered()
        text = must(*self.near(REPLAY_CPU, "tcpreplay", "-q", "-K", "-i", "near", f"--pps={speed}", "--loop=1000000",
                               bound, pcap), timeout=600)
        after = self._delivered()
        found = re.search(r"Actual: (\d+) packets \((\d+) bytes\) sent in ([\d.]+) seconds", text)
        if not found:
            page.fail(f"tcpreplay's report is not understood: {text.strip()[-300:]}")
        packets, size, elapsed = int(found.group(1)), int(found.group(2)), float(found.group(3))
        delivered, dropped = (b - a for a, b in zip(before, after))
        if delivered + dropped != packets:
            page.fail(f"tcpreplay says {packets} packets, the link {delivered} and {dropped} dropped")
        return Sent(delivered, packets / elapsed, 8e-6 * size / elapsed)


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@contextlib.contextmanager
def listening(command, is_ready, stalled, **more):
    """A sniffer that captures, but not while it is stopped; then it works off what waits, and ends."""
    process = subprocess.Popen(command, **more)
    try:
        def ready():
            if process.poll() is not None:
                page.fail(f"{command[5]} ended with {process.returncode} before it captured")
            return is_ready()

        wait_until(ready, READY, f"the start of {command[5]}")
        if stalled:
            process.send_signal(signal.SIGSTOP)
        yield
        process.send_signal(signal.SIGCONT)
        quiet, last = 0, cpu_ticks(process.pid)
        end = time.monotonic() + DRAINED
        while quiet < 2 and time.monotonic() < end:
            time.sleep(1)
            now = cpu_ticks(process.pid)
            quiet = quiet + 1 if now - last <= IDLE else 0
            last = now
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def rampart(link, folder, rules, replay, stalled):
    eve, stats = folder / "rampart.json", folder / "stats.json"
    for old in (eve, stats):
        old.unlink(missing_ok=True)
    command = link.far(SNIFF_CPU, peers.program(), "sniff", "-i", "far", "-S", rules, "--eve", eve,
                       "--stats", stats, "-q")
    with listening(command, eve.exists, stalled, stderr=subprocess.DEVNULL):
        sent = replay()
    capture = json.loads(stats.read_text(encoding="utf-8"))["capture"]
    return Figures(sent, capture["packets"], capture["kernel_drops"])


def suricata(link, folder, rules, replay, stalled):
    logs = folder / "suricata"
    logs.mkdir(exist_ok=True)
    for old in logs.iterdir():
        old.unlink()
    (folder / "suricata.yaml").write_text(SURICATA.format(), encoding="utf-8")
    output = logs / "output"
    command = link.far(SNIFF_CPU, "suricata", "-c", folder / "suricata.yaml", "--af-packet=far", "-S", rules,
                       "-l", logs)
    with output.open("w", encoding="utf-8") as out:
        with listening(command, lambda: "Engine started" in output.read_text(encoding="utf-8"), stalled,
                       stdout=out, stderr=subprocess.STDOUT):
            sent = replay()
    rows = [json.loads(line) for line in (logs / "eve.json").read_text(encoding="utf-8").splitlines()
            if '"event_type":"stats"' in line]
    if not rows:
        page.fail("suricata wrote no statistics")
    stats = rows[-1]["stats"]
    return Figures(sent, stats["decoder"]["pkts"], stats["capture"]["kernel_drops"])


def make_pcap(link, folder):
    """rampart's own HTTP load, as the loopback of the near namespace shows it."""
    pcap = folder / "made.pcap"
    url = f"http://127.0.0.1:{MADE_PORT}/"
    with contextlib.ExitStack() as stop:
        def start(*words):
            process = subprocess.Popen(link.near(REPLAY_CPU, *words), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            stop.callback(process.wait)
            stop.callback(process.send_signal, signal.SIGINT)

        start(peers.program(), "target", "--listen", f"127.0.0.1:{MADE_PORT}", "--duration", "60s")
        start("tcpdump", "-i", "lo", "-B", "65536", "-s", "0", "-U", "-w", pcap, f"tcp port {MADE_PORT}")
        wait_until(lambda: pcap.exists() and pcap.stat().st_size >= 24, READY, "tcpdump")
        must(*link.near(SNIFF_CPU, peers.program(), "load", url, "-t", 1, "-c", 64, "-R", f"{MADE_RATE}/s", "-d",
                        f"{MADE_SECONDS}s", "--quiet", "--db", folder / "made.db"), timeout=60,
             codes=(0, CLIENT_LIMITED))  # packets are packets
        time.sleep(1)
    return pcap


def make_rules(folder, count=1000):
    """Contents of twelve letters, half of them in the URI, half in what the server says."""
    words = random.Random(1)
    path = folder / "made.rules"
    with path.open("w", encoding="utf-8") as out:
        for sid in range(1, count + 1):
            word = "".join(words.choices(string.ascii_lowercase, k=12))
            where = "flow:to_server,established; http.uri;" if sid % 2 else "flow:to_client,established;"
            out.write(f'alert http any any -> any any (msg:"made {sid}"; {where} content:"{word}"; sid:{sid};)\n')
    return path


def verdict(tool, figures):
    """`figures`: those of every round by speed, rising. Of the first speed with loss on, none is without it."""
    best, beyond = None, None
    for rounds in figures.values():
        worst = max(rounds, key=lambda f: f.lost / f.sent.packets)
        if worst.lost > 0:
            beyond = worst
            break
        best = min(f.sent.speed for f in rounds)
    text = f"{tool} loses packets at every speed that was tried"
    if best:
        text = f"{tool} loses nothing up to {best:,.0f}/s"
    if beyond:
        text += f", and {100 * beyond.lost / beyond.sent.packets:.2f} % at {beyond.sent.speed:,.0f}/s"
    return text + "."


def measure(arguments, link, folder):
    pcap = arguments.pcap or make_pcap(link, folder)
    rules = arguments.rules or make_rules(folder)
    tools = {"rampart": rampart, "suricata": suricata}
    rows, figures, reached = [], {tool: {} for tool in tools}, None

    def listen(what, tool, speed, bound, stalled=False):
        seen = tools[tool](link, folder, rules, lambda: link.replay(pcap, speed, bound), stalled)
        rows.append(seen.row(what, tool))
        print(*rows[-1], file=sys.stderr, flush=True)
        return seen

    for tool in tools:
        listen("while stopped", tool, SPEEDS[-1], f"--limit={STALLED}", stalled=True)
    for speed in arguments.speeds:
        for _ in range(arguments.rounds):
            for tool in tools:
                seen = listen(f"{speed:,}/s", tool, speed, f"--duration={arguments.seconds}")
                figures[tool].setdefault(speed, []).append(seen)
        if max(f.sent.speed for rounds in figures.values() for f in rounds[speed]) < 0.9 * speed:
            reached = speed
            break
    text = [page.table(["speed", "sniffer", "sent at", "", "packets", "lost", "share", "its own count"], rows), ""]
    text += [verdict(tool, rounds) for tool, rounds in figures.items()]
    if reached:
        text.append(f"tcpreplay on one CPU was no faster than that when {reached:,}/s were asked of it.")
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pcap", type=pathlib.Path, help="what is replayed (default: own load)")
    parser.add_argument("--rules", type=pathlib.Path, help="for both (default: a thousand made ones)")
    parser.add_argument("--seconds", type=int, default=10, help="of each replay (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="replays of each speed and sniffer (default 1)")
    parser.add_argument("--speeds", type=lambda text: [int(word) for word in text.split(",")], default=SPEEDS,
                        help="packets per second, rising, with commas between")
    page.add_write(parser)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        page.fail("needs root, for namespaces and captures")
    page.need("ip", "tcpreplay", "tcpdump", "suricata", "taskset", peers.program())
    page.need_cpus(REPLAY_CPU, SNIFF_CPU)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through every exit below
    host = page.Host()
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, Link() as link:
        text = measure(arguments, link, pathlib.Path(folder))
    asked = f"--seconds {arguments.seconds} --rounds {arguments.rounds}"
    for option in ("pcap", "rules"):
        if path := getattr(arguments, option):
            asked += f" --{option} {path.name}"
    if arguments.speeds != SPEEDS:
        asked += f" --speeds {','.join(map(str, arguments.speeds))}"
    versions = [page.version_of(peers.program(), "--version"),
                *page.package_versions("suricata", "tcpreplay")]
    page.finish(arguments, "capture",
                f"{text}\n\n{host.foot(f'script/bench capture {asked}', versions)}")


if __name__ == "__main__":
    main()
