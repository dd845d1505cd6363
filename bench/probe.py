#!/usr/bin/env python3
"""What a probe costs `rampart exporter`, beside prometheus-blackbox-exporter.

nginx with one worker and the asker, `rampart load`, share CPU 0; the exporter that is measured has CPU 1
to itself. The asker asks for /probe as Prometheus does, gzip allowed, open loop at an even rate on
connections that it keeps. Each probe opens a connection to nginx and gets a page of 128 bytes; over TLS
it shakes hands anew (TLS 1.3, AES-256-GCM, X25519, P-256) and checks the certificate. In each round both
exporters are started anew, one after the other and in turns first.

CPU is what the exporter's process used from its first measured probe to its last, by the kernel's clock of that
process; memory is its peak resident set (VmHWM) over the whole of its life. A round counts where no probe
failed and nginx saw them all; how many a second were answered stands in the table. The bare client is
bench/probe_floor.cc: sockets and OpenSSL alone, for the same request at the same rate. RAMPART names the program
(default build/release/bin/rampart), beside which that one lies. The host must be idle.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import connections
import page
import peers
import servers

PEER = "prometheus-blackbox-exporter"
CONNECTIONS = 64  # of the asker
WARM_UP = 200  # probes
FLOOR_SECONDS = 3
PATIENCE = 10  # seconds until an exporter answers
# As Prometheus 2.42 asks.
HEADERS = {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "10",
           "Accept": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"}
MODULES = """modules:
  http: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}
  tls: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: "{ca}"}}}}}}
"""
CASES = {"http": "http, in clear text", "tls": "http over TLS"}
HEADS = ["probe", "rounds", "its CPU per probe", "rampart's", "ratio", "a bare client", "its peak memory", "rampart's", "ratio",
         "anonymous at the end", "rampart's", "its answers", "rampart's"]


@dataclasses.dataclass(frozen=True)
class Run:
    """Of one exporter in one round."""

    cpu: float      # seconds for each probe, user and system
    memory: int     # bytes, the peak
    anonymous: int  # bytes that no file backs, after the last probe
    rate: float     # answered per second
    p50: float      # milliseconds, from the moment at which the probe was due to its page
    p99: float


def cpu_of(pid):
    """Seconds of CPU that a process has used, threads that ended included; see clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


def pinned(cpu, command):
    return ["taskset", "-c", str(cpu), *map(str, command)]


def quiet_port():
    """One that listens nowhere, below those of connections: of these most are taken after a few rounds (TIME_WAIT)."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as bounds:
        lowest = int(bounds.read().split()[0])
    for port in range(lowest - 1, 1024, -1):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                tried.bind(("127.0.0.1", port))
                return port
    return page.fail("no port is free")


class Exporter:
    """One that runs on CPU 1, with the modules; a context manager."""

    def __init__(self, command, folder):
        port = quiet_port()
        self._url = f"http://127.0.0.1:{port}"
        self._command = [*command, f"--config.file={folder}/blackbox.yml", f"--web.listen-address=127.0.0.1:{port}"]
        self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(pinned(peers.CLIENT_CPU, self._command), stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                page.fail(f"{self._command[0]} does not answer")
            time.sleep(0.02)
        return self

    def __exit__(self, *unused):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _healthy(self):
        try:
            return self.get("/-/healthy") is not None
        except OSError:
            return False

    def get(self, path):
        with urllib.request.urlopen(self._url + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def url_of(self, module, target):
        return f"{self._url}/probe?" + urllib.parse.urlencode({"module": module, "target": target})

    def must_succeed(self, module, target):
        text = self.get(self.url_of(module, target).removeprefix(self._url))
        if "\nprobe_success 1\n" not in text:
            raise peers.Rejected(f"a probe by {self._command[0]} failed: {text[-500:]}")

    @property
    def cpu(self):
        return cpu_of(self._process.pid)

    @property
    def memory(self):
        return connections.resident(self._process.pid)

    @property
    def anonymous(self):
        with open(f"/proc/{self._process.pid}/status", encoding="utf-8") as status:
            return 1024 * int(re.search(r"^RssAnon:\s+(\d+) kB", status.read(), re.MULTILINE)[1])


def ask(url, rate, *amount):
    """`rampart load` at a rate, from CPU 0; its load's result."""
    headers = [word for name, value in HEADERS.items() for word in ("-H", f"{name}: {value}")]
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        done = subprocess.run(pinned(servers.SERVER_CPU, [
            peers.program(), "load", url, "-t", 1, "-c", CONNECTIONS, "-R", f"{rate}/s", *amount, *headers, "--quiet",
            "--json", "-", "--db", f"{folder}/run.db"]), capture_output=True, text=True, timeout=300, check=False)
    if not done.stdout.startswith("{"):
        raise peers.Rejected(f"the asker ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    load = json.loads(done.stdout)["load"][0]
    if load["failed"] or not load["completed"]:
        raise peers.Rejected(f"of {load['started']} probes {load['failed']} failed, {load['in_flight']} had no answer")
    return load


def floor(case, nginx, arguments):
    """Seconds of CPU for each request by bench/probe_floor.cc, on CPU 1."""
    parts = urllib.parse.urlsplit(nginx.tls if case == "tls" else nginx.http1[0])
    done = subprocess.run(pinned(peers.CLIENT_CPU, [
        os.path.join(os.path.dirname(peers.program()), "bench_probe_floor"), parts.port, parts.path,
        arguments.rate * FLOOR_SECONDS, arguments.rate, *([nginx.certificate] if case == "tls" else [])]),
        capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise peers.Rejected(f"the floor ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return float(done.stdout) / 1e6


def probe(command, case, nginx, folder, arguments):
    target = nginx.tls if case == "tls" else nginx.http1[0]
    with Exporter(command, folder) as exporter:
        exporter.must_succeed(case, target)
        url = exporter.url_of(case, target)
        ask(url, arguments.rate, "-n", WARM_UP)
        seen, used = nginx.requests(), exporter.cpu
        load = ask(url, arguments.rate, "-d", f"{arguments.seconds}s")
        used, seen = exporter.cpu - used, nginx.requests() - seen - 1  # the second question for it counts too
        exporter.must_succeed(case, target)
        if not load["completed"] <= seen <= load["started"]:
            raise peers.Rejected(f"nginx saw {seen} probes, of {load['completed']} to {load['started']}")
        latency = load["latency_ms"]
        return Run(used / seen, exporter.memory, exporter.anonymous, load["completed"] / arguments.seconds,
                   latency["p50"], latency["p99"])


def measure(case, nginx, folder, arguments):
    """The rounds that count, as the peer's run, rampart's and the floor's CPU, and why others do not."""
    commands = {"peer": [PEER], "rampart": [peers.program(), "exporter"]}
    kept, rejected = [], []
    for n in range(arguments.rounds):
        order = list(commands) if n % 2 == 0 else list(reversed(commands))
        try:
            runs = {who: probe(commands[who], case, nginx, folder, arguments) for who in order}
            least = floor(case, nginx, arguments)
        except peers.Rejected as why:
            rejected.append(f"{case}, round {n + 1}: {why}")
            print(f"thrown away: {rejected[-1]}", file=sys.stderr)
            continue
        kept.append((runs["peer"], runs["rampart"], least))
        print(f"{case}: round {n + 1} of {arguments.rounds}: {runs}, floor {least}", file=sys.stderr)
    return kept, rejected


def figures(kept, figure, form):
    """The medians of the peer and of rampart with (least..greatest), as texts, and that of the ratios."""
    texts = []
    for side in zip(*kept):
        values = [figure(run) for run in side]
        least, greatest = (form.format(value).split()[0] for value in (min(values), max(values)))
        texts.append(f"{form.format(statistics.median(values))} ({least}..{greatest})")
    ratios = [figure(own) / figure(theirs) for theirs, own in kept]
    return [*texts, f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}..{max(ratios):.2f})"]


def row(case, kept, arguments):
    head = [CASES[case], f"{len(kept)} of {arguments.rounds}"]
    if not kept:
        return head + ["-"] * (len(HEADS) - len(head))
    floors = [least for *_, least in kept]
    kept = [runs for *runs, _ in kept]
    bare = f"{1e6 * statistics.median(floors):.0f} us ({1e6 * min(floors):.0f}..{1e6 * max(floors):.0f})"
    answers = ["{:,.0f}/s, p50 {:.2f} ms, p99 {:.2f} ms".format(
        *(statistics.median(getattr(run, name) for run in side) for name in ("rate", "p50", "p99"))) for side in zip(*kept)]
    anonymous = [f"{statistics.median(run.anonymous for run in side) / 2**20:.1f} MiB" for side in zip(*kept)]
    return [*head, *figures(kept, lambda run: 1e6 * run.cpu, "{:.0f} us"), bare,
            *figures(kept, lambda run: run.memory / 2**20, "{:.1f} MiB"), *anonymous, *answers]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=1000, help="probes per second")
    parser.add_argument("--case", action="append", choices=CASES, help="repeatable; default: all")
    page.add_write(parser)
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.seconds < 1 or not 1 <= arguments.rate <= 10000:
        parser.error("rounds and seconds are at least 1, the rate 1 to 10000")
    return arguments


def main():
    arguments = parse()
    page.need("nginx", "taskset", "openssl", PEER, peers.program())
    page.need_cpus(servers.SERVER_CPU, peers.CLIENT_CPU)
    host = page.Host()
    rows, rejected = [], []
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, servers.Nginx(folder) as nginx:
        with open(f"{folder}/blackbox.yml", "w", encoding="utf-8") as file:
            file.write(MODULES.format(ca=nginx.certificate))
        for case in arguments.case or CASES:
            kept, bad = measure(case, nginx, folder, arguments)
            rows.append(row(case, kept, arguments))
            rejected += bad
    command = " ".join(["script/bench probe", f"--rounds {arguments.rounds}", f"--seconds {arguments.seconds}",
                        f"--rate {arguments.rate}", *[f"--case {name}" for name in arguments.case or ()]])
    versions = [page.version_of(peers.program(), "--version"), *page.package_versions(PEER, "nginx-light")]
    page.finish(arguments, "probe", "\n\n".join([
        page.table(HEADS, rows),
        "Medians over the rounds and (least..greatest); ratios are rampart to its peer in the same round.",
        *(f"Thrown away: {text}" for text in rejected),
        host.foot(command, versions),
    ]))
    if any(r[2] == "-" for r in rows):
        page.fail("a case has no round that counts")


if __name__ == "__main__":
    main()
