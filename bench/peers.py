"""One run of one load generator, pinned to CLIENT_CPU: what it did and what CPU time it cost.

Each function takes a URL and how long and with how many connections to load it closed-loop on one
thread, and returns a Run. It raises Rejected where the run met errors, for its figures would compare
different work.
"""

import dataclasses
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import urllib.parse

from servers import TLS_CIPHER, TLS_VERSION

CLIENT_CPU = 1
HEY_COUNTS = 1_000_000  # hey keeps no more answers than this


class Rejected(Exception):
    """A run that is no measurement; says why."""


@dataclasses.dataclass(frozen=True)
class Run:
    completed: int
    rate: float  # per second, by the client's own clock
    cpu: float   # seconds, user and system, of the whole process

    @property
    def cpu_each(self):
        return self.cpu / self.completed


@dataclasses.dataclass(frozen=True)
class Output:
    text: str
    complaint: str
    code: int
    cpu: float
    peak: int  # bytes, the greatest resident set

    def find(self, pattern):
        """The first group of `pattern`, as a number."""
        found = re.search(pattern, self.text)
        if not found:
            raise Rejected(f"its report has no '{pattern}': {(self.text + self.complaint).strip()[-300:]}")
        return float(found.group(1))


def pinned(command):
    return ["taskset", "-c", str(CLIENT_CPU), *map(str, command)]


def timed(command, limit):
    """Runs a client pinned to its CPU, `limit` seconds at most."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(pinned(command), stdout=out, stderr=err)
        watchdog = threading.Timer(limit, os.kill, (process.pid, signal.SIGKILL))
        watchdog.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # an interrupt: nothing that was started outlives the bench
            process.kill()
            process.wait()
            raise
        finally:
            watchdog.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Output(out.read().decode(errors="replace"), err.read().decode(errors="replace"),
                      process.returncode, usage.ru_utime + usage.ru_stime, 1024 * usage.ru_maxrss)


def measured(name, command, seconds):
    output = timed(command, 60 + 3 * seconds)
    if output.code != 0:
        raise Rejected(f"{name} ended with {output.code}: {(output.complaint + output.text).strip()[-300:]}")
    return output


def run_of(completed, rate, cpu):
    if completed < 1:
        raise Rejected("no request was completed")
    return Run(int(completed), rate, cpu)


def wrk(url, seconds, connections):
    output = measured("wrk", ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", url], seconds)
    for word in ("Socket errors", "Non-2xx"):
        if word in output.text:
            raise Rejected("wrk met errors: " + re.search(f"{word}.*", output.text).group(0))
    return run_of(output.find(r"(\d+) requests in"), output.find(r"Requests/sec:\s*([\d.]+)"), output.cpu)


def hey(url, seconds, connections):
    output = measured("hey", ["hey", "-cpus", 1, "-c", connections, "-z", f"{seconds}s", url], seconds)
    answers = {int(status): int(count)
               for status, count in re.findall(r"\[(\d+)\]\s+(\d+) responses", output.text)}
    if set(answers) != {200} or "Error distribution" in output.text:
        raise Rejected(f"hey met errors: {answers} {output.text[-300:].strip()}")
    if answers[200] >= HEY_COUNTS:
        raise Rejected(f"hey counts {HEY_COUNTS} answers at most: take fewer seconds")
    return run_of(answers[200], output.find(r"Requests/sec:\s*([\d.]+)"), output.cpu)


def ab(url, seconds, connections):
    """A new connection for each request: ab without -k."""
    most = 100_000 * seconds  # -t alone would stop after 50000
    output = measured("ab", ["ab", "-q", "-t", seconds, "-n", most, "-c", connections, url], seconds)
    failed = output.find(r"Failed requests:\s+(\d+)")
    if failed or "Non-2xx" in output.text:
        raise Rejected(f"ab met errors: {int(failed)} failed requests, or a status that is not 2xx")
    completed = output.find(r"Complete requests:\s+(\d+)")
    if completed >= most:
        raise Rejected(f"ab came to its bound of {most} requests")
    return run_of(completed, output.find(r"Requests per second:\s+([\d.]+)"), output.cpu)


def connect_floor(url, seconds, connections):
    """A new connection for each request by system calls alone: what the kernel asks of any client."""
    parts = urllib.parse.urlsplit(url)
    output = measured("connect_floor", [os.path.join(os.path.dirname(program()), "bench_connect_floor"), parts.port,
                                        parts.path, connections, seconds], seconds)
    return run_of(output.find(r"(\d+) answered"), output.find(r"([\d.]+) per second"), output.cpu)


def h2load(url, seconds, connections, streams):
    output = measured("h2load", ["h2load", "-t1", f"-c{connections}", f"-m{streams}", "-D", seconds, url],
                      seconds)
    counts = re.search(r"requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", output.text)
    statuses = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", output.text)
    if not counts or not statuses:
        raise Rejected(f"h2load's report is not understood: {output.text[-300:].strip()}")
    if any(map(int, (*counts.groups()[1:], *statuses.groups()[1:]))):
        raise Rejected(f"h2load met errors: {counts.group(0)}; {statuses.group(0)}")
    if url.startswith("https:") and not (TLS_VERSION in output.text and TLS_CIPHER in output.text):
        raise Rejected(f"h2load did not agree on {TLS_VERSION} and {TLS_CIPHER}")
    return run_of(int(counts.group(1)), output.find(r"finished in [^,]*, ([\d.]+) req/s"), output.cpu)


def rampart(url, seconds, connections, *flags):
    """`rampart load` as RAMPART names it, with its store, judgement and JSON."""
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        output = timed([program(), "load", url, "-t", 1, "-c", connections, "-d", f"{seconds}s", *flags,
                        "--quiet", "--json", "-", "--db", f"{folder}/run.db"], 60 + 3 * seconds)
    # 5 is what these runs provoke: a closed loop that keeps its client busy; 6 is told below.
    if output.code not in (0, 5, 6):
        raise Rejected(f"rampart ended with {output.code}: {output.complaint.strip()[-300:]}")
    load = json.loads(output.text)["load"][0]
    if output.code == 6:
        raise Rejected(f"rampart got no answer to {load['started']} requests, {load['in_flight']} of them still out")
    if load["failed"] or load["started"] != load["completed"] + load["in_flight"]:
        raise Rejected(f"rampart met errors: {load['failed']} of {load['started']}: {load['error_codes']}")
    # Where it does not tell, the server still allows nothing else.
    tls = load.get("tls")
    if tls and (tls["version"], tls["cipher"]) != (TLS_VERSION, TLS_CIPHER):
        raise Rejected(f"rampart did not agree on {TLS_VERSION} and {TLS_CIPHER}: {tls}")
    return run_of(load["completed"], load["rate"], output.cpu)


def program():
    return os.environ.get("RAMPART", "build/release/bin/rampart")
