#!/usr/bin/env python3
"""Does an open loop keep its promise? Rate and punctuality at half of the capacity, and whether
Poisson arrivals are Poisson arrivals.

Schedule: rampart first measures closed loop what client and server can do together on their two CPUs,
then sends half of that with even gaps. The rate error compares what was started with what the
schedule asks; the lag is how late requests left although a connection stood idle, from the store's
histograms.

Gaps: what a server sees, from nginx's access log, at a rate at which its resolution of 1 ms is fine
enough. A gap is the difference of two times that were rounded down to whole milliseconds, so its law
is not the exponential itself: P(gap <= k) is the mean of the exponential's distribution function from
k to k + 1 ms. The Kolmogorov-Smirnov distance is taken from that; the critical value, 1.63 / sqrt(n)
for a chance of 1 %, is that of a continuous law and therefore on the safe side (Noether 1963). Even
gaps are measured as well: they must fail.

RAMPART names the program (default build/release/bin/rampart). The host must be idle.
"""

import argparse
import bisect
import json
import math
import statistics
import tempfile

import hdr
import page
import peers
import servers

CONNECTIONS = 256
CRITICAL = 1.63  # over sqrt(n): a chance of 1 % (Smirnov 1948)


def rampart(folder, name, *words):
    """Runs `rampart load` pinned; its result and the path of its store."""
    store = f"{folder}/{name}.db"
    output = peers.timed([peers.program(), "load", *words, "--quiet", "--json", "-", "--db", store], 3600)
    if output.code not in (0, 5):
        page.fail(f"rampart ended with {output.code}: {output.complaint.strip()[-300:]}")
    return json.loads(output.text), store


def schedule_row(seconds):
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, servers.Nginx(folder) as nginx:
        url = nginx.http1[0]
        capacity, _ = rampart(folder, "capacity", url, "-t", 1, "-c", 64, "-d", "5s")
        rate = round(capacity["load"][0]["rate"] / 2)
        result, store = rampart(folder, "half", url, "-t", 1, "-c", CONNECTIONS, "-R", f"{rate}/s",
                                "-d", f"{seconds}s")
        lag = hdr.stored(store, "SELECT schedule_lag FROM client_interval")
    load, client = result["load"][0], result["client"]
    p99 = hdr.percentile(lag, 99) / 1e6
    if abs(p99 - client["schedule_lag_ms_p99"]) > 0.002 * p99 + 1e-3:
        page.fail(f"the store's lag (p99 {p99:.4f} ms) is not the result's ({client['schedule_lag_ms_p99']} ms)")
    asked = rate * seconds
    return [f"{capacity['load'][0]['rate']:,.0f}/s", f"{rate:,}/s for {seconds} s", f"{load['started']:,}",
            f"{100 * (load['started'] - asked) / asked:+.4f} %", str(load["missed"]), str(load["failed"]),
            f"{hdr.percentile(lag, 50) / 1e6:.3f} ms", f"{p99:.3f} ms",
            f"{client['schedule_lag_ms_max']:.3f} ms", result["validity"]]


def gaps_of(log):
    """Whole milliseconds between the arrivals that an access log of $msec tells."""
    with open(log, encoding="ascii") as lines:
        times = sorted(round(float(line) * 1000) for line in lines)
    return [b - a for a, b in zip(times, times[1:])]


def rounded_law(rate):
    """P(gap <= k ms) of Poisson arrivals whose times are rounded down to milliseconds."""
    per_ms = rate / 1000

    def law(k):
        if k < 0:
            return 0.0
        return 1 - math.exp(-per_ms * k) * (1 - math.exp(-per_ms)) / per_ms

    return law


def distance(gaps, law):
    """Kolmogorov-Smirnov, for gaps in whole milliseconds: the functions jump in the same places."""
    ordered = sorted(gaps)
    return max(abs(bisect.bisect_right(ordered, k) / len(ordered) - law(k)) for k in range(ordered[-1] + 1))


def gaps_row(name, rate, seconds, *flags):
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        log = f"{folder}/times.log"
        with servers.Nginx(folder, access_log=(log, "$msec")) as nginx:
            result, _ = rampart(folder, "gaps", nginx.http1[0], "-t", 1, "-c", 16, "-R", f"{rate}/s",
                                "-d", f"{seconds}s", *flags)
        gaps = gaps_of(log)
    load = result["load"][0]
    if load["failed"] or len(gaps) + 1 != load["completed"]:
        page.fail(f"{name}: the log has {len(gaps) + 1} requests, the result {load['completed']} completed "
                  f"and {load['failed']} failed")
    ks, critical = distance(gaps, rounded_law(rate)), CRITICAL / math.sqrt(len(gaps))
    # Two independent rounding errors of 1/12 ms2 each come on top of the exponential's variance.
    return [name, str(len(gaps)), f"{statistics.fmean(gaps):.3f} ms", f"{1000 / rate:.3f} ms",
            f"{statistics.variance(gaps):.1f} ms2", f"{(1000 / rate) ** 2 + 1 / 6:.1f} ms2",
            f"{ks:.4f}", f"{critical:.4f}", result["validity"], "Poisson" if ks < critical else "not Poisson"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="of each measurement")
    parser.add_argument("--rate", type=int, default=100, help="of the measurement of gaps, per second")
    page.add_write(parser)
    arguments = parser.parse_args()
    if arguments.seconds < 5 or not 1 <= arguments.rate <= 200:
        parser.error("--seconds 5 or more, --rate 1 to 200: above, the log's milliseconds are too coarse")
    page.need("nginx", "taskset", "openssl", peers.program())
    page.need_cpus(servers.SERVER_CPU, peers.CLIENT_CPU)
    host = page.Host()
    schedule = page.table(
        ["capacity", "asked", "started", "rate error", "missed", "failed", "lag p50", "lag p99", "lag max",
         "validity"],
        [schedule_row(arguments.seconds)])
    rows = [gaps_row("Poisson (`--poisson`)", arguments.rate, arguments.seconds, "--poisson"),
            gaps_row("even, as a control", arguments.rate, arguments.seconds)]
    gaps = page.table(["arrivals", "gaps", "mean", "expected", "variance", "if Poisson", "KS distance",
                       "1 % critical", "validity", "so they are"], rows)
    command = f"script/bench arrivals --seconds {arguments.seconds} --rate {arguments.rate}"
    versions = [page.version_of(peers.program(), "--version"), *page.package_versions("nginx-light")]
    page.finish(arguments, "arrivals", "\n\n".join([schedule, gaps, host.foot(command, versions)]))
    if [r[-1] for r in rows] != ["Poisson", "not Poisson"]:
        page.fail("the gaps are not what they should be: either the pacer is wrong, or the host was too busy for the "
                  "server to see them when they came (look at validity and load average)")


if __name__ == "__main__":
    main()
