#!/usr/bin/env python3
"""icmp, tcp and udp loads beside the tools that one would take for them, over a path that is known.

Two network namespaces are joined by a pair of virtual interfaces; tc netem delays and drops what the
client sends, so that the round trip time and the loss are known before anything is measured. One tool
after the other runs in the client's namespace at the same rate:

  icmp  `rampart load icmp://` beside fping: echo requests
  tcp   `rampart load tcp:// --mode connect` beside one `nc -z` after the other, whose time contains that
        of starting a process
  udp   `rampart load udp://` (echo) beside `iperf3 -u`, which measures the loss on the way there and no
        round trip

Times are those of what was answered. Needs root and the kernel's netem (modprobe sch_netem); --delay 0
--loss 0 measures without it. Servers and namespaces are removed at the end, an interrupted one included.
RAMPART names the program (default build/release/bin/rampart).
"""

import argparse
import collections
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import hdr
import page
import peers
import servers

CLIENT, SERVER = "10.231.77.1", "10.231.77.2"
TCP_PORT, UDP_PORT, IPERF_PORT = 7001, 7002, 7003
BYTES = 64        # of a datagram
TIMEOUT = 2       # seconds until an answer is lost
AT_A_TIME = 256   # sockets: those that wait for a lost answer are taken for TIMEOUT
CONNECTS = 100    # per second, at most: nc needs a process for each


@dataclasses.dataclass(frozen=True)
class Figures:
    sent: int
    answered: int
    seconds: float
    mean: float | None = None    # round trip, ms
    median: float | None = None
    most: float | None = None

    def row(self, protocol, tool, asked):
        def ms(value):
            return "-" if value is None else f"{value:.3f} ms"

        lost = (self.sent - self.answered) / self.sent if self.sent else 0.0
        return [protocol, tool, asked, f"{self.sent:,}", f"{self.sent / self.seconds:,.1f}/s", f"{self.answered:,}",
                f"{100 * lost:.2f} %", ms(self.mean), ms(self.median), ms(self.most)]


def must(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        page.fail(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")


class Path:
    """The two namespaces, their link and the server at its far end; removed on exit."""

    def __init__(self, delay_ms, loss_percent):
        self._client, self._server = (f"rampart-bench-{end}-{os.getpid()}" for end in ("c", "s"))
        self._delay, self._loss = delay_ms, loss_percent
        self._exit = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            for name in (self._client, self._server):
                must("ip", "netns", "add", name)
                undo.callback(must, "ip", "netns", "del", name)
            must("ip", "-n", self._client, "link", "add", "path0", "type", "veth", "peer", "name", "path0",
                 "netns", self._server)
            for name, address in ((self._client, CLIENT), (self._server, SERVER)):
                must("ip", "-n", name, "address", "add", f"{address}/30", "dev", "path0")
                must("ip", "-n", name, "link", "set", "path0", "up")
                must("ip", "-n", name, "link", "set", "lo", "up")
            self._impair()
            undo.enter_context(self._serving(
                [sys.executable, str(pathlib.Path(__file__).with_name("echo_server.py")), SERVER, str(TCP_PORT),
                 str(UDP_PORT)], "ready"))
            undo.enter_context(self._serving(
                ["iperf3", "-s", "-B", SERVER, "-p", str(IPERF_PORT), "--forceflush"], "listening"))
            self._exit = undo.pop_all()
        return self

    def __exit__(self, *unused):
        self._exit.close()

    def _impair(self):
        if not self._delay and not self._loss:
            return
        done = subprocess.run(
            ["tc", "-n", self._client, "qdisc", "add", "dev", "path0", "root", "netem", "limit", "100000",
             "delay", f"{self._delay}ms", "loss", f"{self._loss}%"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            page.fail(f"tc netem: {done.stderr.strip()}; load it with 'modprobe sch_netem', or measure without it: "
                      "--delay 0 --loss 0")

    @contextlib.contextmanager
    def _serving(self, command, word):
        """Runs a server at the far end on its CPU, from its line with `word` on."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self._server, "taskset", "-c", str(servers.SERVER_CPU), *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for line in process.stdout:
                if word in line:
                    break
            else:
                page.fail(f"{command[0]} did not start in the namespace")
            yield
        finally:
            process.terminate()
            process.communicate()

    def run(self, command, limit):
        """Runs a client at the near end, pinned."""
        return peers.timed(["ip", "netns", "exec", self._client, *command], limit)


def round_trips(store):
    """Mean, median and greatest time in ms, from sending, of what was answered. The store's histograms
    hold the lost as well, with the time until they were given up."""
    counts = hdr.stored(store, "SELECT service FROM load_interval")
    answered = collections.Counter({ns: n for ns, n in counts.items() if ns < TIMEOUT * 1e9})
    if not answered:
        return ()
    return hdr.mean(answered) / 1e6, hdr.percentile(answered, 50) / 1e6, max(answered) / 1e6


class Rampart:
    """`rampart load` of one URL, allowed by an authorisation file for the far end."""

    def __init__(self, folder, rate):
        self._folder = folder
        self._file = f"{folder}/authorization.yml"
        today = datetime.datetime.now(datetime.timezone.utc).date()
        with open(self._file, "w", encoding="utf-8") as out:
            out.write(f"""owner: this bench
contact: whoever started it
targets: [ {SERVER} ]
protocols: [ tcp, udp, icmp ]
max_rate: {rate}/s
max_connections: {AT_A_TIME}
valid_from: {today - datetime.timedelta(days=1)}
valid_until: {today + datetime.timedelta(days=1)}
""")

    def load(self, path, url, rate, seconds, *flags):
        store = f"{self._folder}/{url.partition(':')[0]}.db"
        output = path.run(
            [peers.program(), "load", url, "-t", 1, "-c", AT_A_TIME, "-R", f"{rate}/s", "-d", f"{seconds}s",
             "--timeout", f"{TIMEOUT}s", *flags, "--authorization", self._file, "--quiet", "--json", "-",
             "--db", store], 60 + 2 * seconds)
        try:
            load = json.loads(output.text)["load"][0]
        except (ValueError, KeyError):
            page.fail(f"rampart load {url} ended with {output.code}: {output.complaint.strip()[-300:]}")
        # What was still out at the end is neither answered nor lost.
        return Figures(load["started"] - load["in_flight"], load["completed"], seconds, *round_trips(store))


def fping(path, rate, seconds):
    count, period = rate * seconds, 1000 / rate
    output = path.run(["fping", "-q", "-c", count, "-p", f"{period:g}", "-i", f"{min(period, 1):g}", "-b", BYTES,
                       "-t", 1000 * TIMEOUT, "-s", SERVER], 60 + 2 * seconds)
    found = re.search(r"xmt/rcv/%loss = (\d+)/(\d+)/[^,]*(?:, min/avg/max = ([\d.]+)/([\d.]+)/([\d.]+))?",
                      output.complaint)
    elapsed = re.search(r"([\d.]+) sec \(elapsed real time\)", output.complaint)
    if not found or not elapsed:
        page.fail(f"fping's report is not understood: {output.complaint.strip()[-300:]}")
    sent, answered, _, mean, most = found.groups()
    return Figures(int(sent), int(answered), float(elapsed.group(1)), *(
        (float(mean), None, float(most)) if mean else ()))


def nc(path, rate, seconds):
    """One connection after the other, none before its time and each with a process of its own."""
    times, began = [], time.monotonic()
    sent = 0
    while sent < rate * seconds and time.monotonic() - began < 2 * seconds:
        time.sleep(max(0.0, began + sent / rate - time.monotonic()))
        at = time.monotonic()
        if path.run(["nc", "-z", "-w", TIMEOUT, SERVER, TCP_PORT], TIMEOUT + 10).code == 0:
            times.append(1000 * (time.monotonic() - at))
        sent += 1
    return Figures(sent, len(times), time.monotonic() - began, *(
        (statistics.fmean(times), statistics.median(times), max(times)) if times else ()))


def iperf3(path, rate, seconds):
    output = path.run(["iperf3", "-c", SERVER, "-p", IPERF_PORT, "-u", "-l", BYTES, "-b", rate * BYTES * 8,
                       "-t", seconds, "-J"], 60 + 2 * seconds)
    result = json.loads(output.text)
    if "error" in result or "sum" not in result.get("end", {}):
        page.fail(f"iperf3: {result.get('error', output.text[-300:])}")
    total = result["end"]["sum"]
    return Figures(total["packets"], total["packets"] - total["lost_packets"], total["seconds"])


def measure(arguments, folder):
    rate, seconds = arguments.rate, arguments.seconds
    rampart = Rampart(folder, max(rate, CONNECTS))
    tries = [
        ("icmp", "rampart", rate, lambda p: rampart.load(p, f"icmp://{SERVER}", rate, seconds)),
        ("icmp", "fping", rate, lambda p: fping(p, rate, seconds)),
        ("tcp connect", "rampart", CONNECTS,
         lambda p: rampart.load(p, f"tcp://{SERVER}:{TCP_PORT}", CONNECTS, seconds, "--mode", "connect")),
        ("tcp connect", "nc -z", CONNECTS, lambda p: nc(p, CONNECTS, seconds)),
        ("udp echo", "rampart", rate, lambda p: rampart.load(p, f"udp://{SERVER}:{UDP_PORT}", rate, seconds)),
        ("udp", "iperf3", rate, lambda p: iperf3(p, rate, seconds)),
    ]
    rows = []
    with Path(arguments.delay, arguments.loss) as path:
        for protocol, tool, asked, run in tries:
            if arguments.protocol and protocol.split()[0] not in arguments.protocol:
                continue
            rows.append(run(path).row(protocol, tool, f"{asked:,}/s for {seconds} s"))
            print(f"{protocol}: {tool}", file=sys.stderr)
    return rows


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=1000, help="of echo requests and datagrams, per second")
    parser.add_argument("--seconds", type=int, default=10, help="of each run")
    parser.add_argument("--delay", type=float, default=5, help="of what the client sends, in ms")
    parser.add_argument("--loss", type=float, default=1, help="of what the client sends, in percent")
    parser.add_argument("--protocol", action="append", choices=["icmp", "tcp", "udp"], help="repeatable; else all")
    page.add_write(parser)
    arguments = parser.parse_args()
    if not 1 <= arguments.rate <= 1000 or not 1 <= arguments.seconds <= 600:
        parser.error("--rate 1 to 1000 (fping sends once per ms at most), --seconds 1 to 600")
    if not 0 <= arguments.delay <= 1000 or not 0 <= arguments.loss <= 50:
        parser.error("--delay 0 to 1000, --loss 0 to 50")
    return arguments


def main():
    arguments = parse()
    if os.geteuid() != 0:
        page.fail("needs root: it makes network namespaces")
    page.need("ip", "tc", "taskset", "fping", "nc", "iperf3", peers.program())
    page.need_cpus(servers.SERVER_CPU, peers.CLIENT_CPU)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through every exit below
    host = page.Host()
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        rows = measure(arguments, folder)
    command = " ".join(["script/bench network", *(f"--{k} {getattr(arguments, k):g}" for k in
                                                  ("rate", "seconds", "delay", "loss")),
                        *(f"--protocol {p}" for p in arguments.protocol or ())])
    versions = [page.version_of(peers.program(), "--version"),
                *page.package_versions("fping", "netcat-openbsd", "iperf3", "iproute2")]
    page.finish(arguments, "network", "\n\n".join([
        page.table(["load", "tool", "asked", "sent", "rate", "answered", "lost", "RTT mean", "median", "max"], rows),
        f"What the client sends is delayed by {arguments.delay:g} ms and dropped at {arguments.loss:g} %.",
        host.foot(command, versions)]))


if __name__ == "__main__":
    main()
