#!/usr/bin/env python3
"""What one request costs the client: `rampart load` beside wrk, hey, h2load and ab, on loopback.

nginx with one worker on CPU 0 serves a file of 128 bytes. In each round the peer and rampart load it
once, one after the other and in turns first, on one thread on CPU 1, closed loop, with the same
number of connections and streams. The client's own CPU time (user + system of its whole process, by
wait4) per completed request is the figure that counts: on loopback the rate is set by client, kernel
and server together. Over TLS both get TLS 1.3 with AES-256-GCM and no resumption.

A round with an error or an unexpected status is thrown away, and the table says so.
RAMPART names the program (default build/release/bin/rampart). The host must be idle.
"""

import argparse
import dataclasses
import functools
import statistics
import sys
import tempfile
import typing

import page
import peers
import servers

CONNECTIONS, H2_CONNECTIONS, STREAMS = 64, 16, 32
WARM_UP = 1  # second


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    what: str
    peer: str
    run_peer: typing.Callable     # (url, seconds, connections) -> peers.Run
    url: typing.Callable          # (Nginx) -> URL
    flags: tuple = ()             # of rampart
    connections: int = CONNECTIONS

    def of_peer(self, nginx, seconds):
        return self.run_peer(self.url(nginx), seconds, self.connections)

    def of_rampart(self, nginx, seconds):
        return peers.rampart(self.url(nginx), seconds, self.connections, *self.flags)


def http1(nginx):
    return nginx.http1[0]


def h2c(nginx):
    return nginx.h2c


def tls(nginx):
    return nginx.tls


h2load = functools.partial(peers.h2load, streams=STREAMS)
CASES = [
    Case("http1", "HTTP/1.1, 64 connections", "wrk", peers.wrk, http1),
    Case("http1-hey", "HTTP/1.1, 64 connections", "hey", peers.hey, http1),
    Case("http1-tls", "HTTP/1.1 over TLS, 64 connections", "wrk", peers.wrk, tls, ("-k",)),
    Case("h2c", "HTTP/2, 16 connections of 32 streams", "h2load", h2load, h2c,
         ("--http2", "-m", STREAMS), H2_CONNECTIONS),
    Case("h2-tls", "HTTP/2 over TLS, 16 connections of 32 streams", "h2load", h2load, tls,
         ("--http2", "-m", STREAMS, "-k"), H2_CONNECTIONS),
    Case("reconnect", "a connection for each request, 64 at a time", "ab", peers.ab, http1,
         ("--no-keep-alive",)),
    Case("reconnect-floor", "the same, beside system calls alone", "bare calls", peers.connect_floor, http1,
         ("--no-keep-alive",)),
]


def measure(case, nginx, arguments):
    """The rounds that count, as pairs of the peer's run and rampart's, and why others do not."""
    runners = {"peer": case.of_peer, "rampart": case.of_rampart}
    kept, rejected = [], []
    for n in range(arguments.rounds):
        order = list(runners) if n % 2 == 0 else list(reversed(runners))
        try:
            runs = {who: runners[who](nginx, arguments.seconds) for who in order}
        except peers.Rejected as why:
            rejected.append(f"{case.name}, round {n + 1}: {why}")
            print(f"thrown away: {rejected[-1]}", file=sys.stderr)
            continue
        kept.append((runs["peer"], runs["rampart"]))
        print(f"{case.name}: round {n + 1} of {arguments.rounds}", file=sys.stderr)
    return kept, rejected


def spread(ratios):
    return f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}..{max(ratios):.2f})"


def row(case, kept, arguments):
    rounds = f"{len(kept)} of {arguments.rounds}"
    if not kept:
        return [case.what, case.peer, rounds, *["-"] * 6]
    theirs, own = zip(*kept)
    return [
        case.what, case.peer, rounds,
        f"{1e6 * statistics.median(run.cpu_each for run in theirs):.2f} us",
        f"{1e6 * statistics.median(run.cpu_each for run in own):.2f} us",
        spread([b.cpu_each / a.cpu_each for a, b in kept]),
        f"{statistics.median(run.rate for run in theirs):,.0f}",
        f"{statistics.median(run.rate for run in own):,.0f}",
        spread([b.rate / a.rate for a, b in kept]),
    ]


HEADS = ["work", "peer", "rounds", "its CPU per request", "rampart's", "ratio", "its requests/s", "rampart's",
         "ratio"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--case", action="append", choices=[c.name for c in CASES],
                        help="repeatable; else every case")
    page.add_write(parser)
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.seconds < 1:
        parser.error("rounds and seconds are at least 1")
    return arguments


def main():
    arguments = parse()
    chosen = [c for c in CASES if not arguments.case or c.name in arguments.case]
    page.need("nginx", "taskset", "openssl", peers.program(), *{c.peer for c in chosen if c.peer != "bare calls"})
    page.need_cpus(servers.SERVER_CPU, peers.CLIENT_CPU)
    host = page.Host()
    rows, rejected = [], []
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, servers.Nginx(folder) as nginx:
        for case in chosen:
            try:
                case.of_peer(nginx, WARM_UP)
            except peers.Rejected as why:
                print(f"{case.name}: warming up: {why}", file=sys.stderr)
            kept, bad = measure(case, nginx, arguments)
            rows.append(row(case, kept, arguments))
            rejected += bad
    command = " ".join(["script/bench loadgen", f"--rounds {arguments.rounds}", f"--seconds {arguments.seconds}",
                        *[f"--case {name}" for name in arguments.case or ()]])
    versions = [page.version_of(peers.program(), "--version"),
                *page.package_versions("nginx-light", "wrk", "hey", "nghttp2-client", "apache2-utils")]
    page.finish(arguments, "loadgen", "\n\n".join([
        page.table(HEADS, rows),
        "Medians over the rounds; ratios are rampart to the peer in the same round, median and (least..greatest).",
        *(f"Thrown away: {text}" for text in rejected),
        host.foot(command, versions),
    ]))
    if any(r[3] == "-" for r in rows):
        page.fail("a case has no round that counts")


if __name__ == "__main__":
    main()
