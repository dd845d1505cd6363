#!/usr/bin/env python3
"""How punctual rampart's prober is with many targets, on one thread.

HTTP probes of as many names, which another thread answers on twenty addresses of loopback. A start is
late by what it begins behind its place in the schedule; those of probes that did not end in time are not
counted. CPU is that of the prober's thread. RAMPART names the program (default build/release/bin/rampart),
beside which bench_many_targets lies. The host must be idle.
"""

import argparse
import json
import os
import subprocess

import page
import peers

HEADS = ["targets", "every", "for", "probes", "failed", "late p50", "late p99", "latest", "CPU per probe", "of one CPU"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=15, help="seconds from probe to probe of a target")
    parser.add_argument("--seconds", type=int, default=60)
    page.add_write(parser)
    arguments = parser.parse_args()
    if arguments.targets < 1 or arguments.every < 1 or arguments.seconds < arguments.every:
        parser.error("targets and every are at least 1, seconds at least as many as every")
    return arguments


def main():
    arguments = parse()
    program = os.path.join(os.path.dirname(peers.program()), "bench_many_targets")
    page.need(peers.program(), program)
    host = page.Host()
    words = [str(n) for n in (arguments.targets, arguments.every, arguments.seconds)]
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=arguments.seconds + 60, check=False)
    if done.returncode != 0:
        page.fail(f"bench_many_targets ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    told = json.loads(done.stdout)
    late = [f"{told[f'late_{name}_us'] / 1000:.2f} ms" for name in ("p50", "p99", "max")]
    share = told["cpu_us_per_probe"] * told["probes"] / 1e6 / arguments.seconds
    row = [f"{arguments.targets:,}", f"{arguments.every} s", f"{arguments.seconds} s", f"{told['probes']:,}",
           f"{told['failed']:,}", *late, f"{told['cpu_us_per_probe']:.0f} us", f"{100 * share:.0f} %"]
    command = f"script/bench targets --targets {words[0]} --every {words[1]} --seconds {words[2]}"
    foot = host.foot(command, [page.version_of(peers.program(), "--version")])
    page.finish(arguments, "targets", "\n\n".join([page.table(HEADS, [row]), foot]))


if __name__ == "__main__":
    main()
