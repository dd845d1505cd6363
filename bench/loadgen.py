#!/usr/bin/env python3
"""What one request costs the client: `rampart load` beside wrk, on loopback.

nginx with one worker on CPU 0 serves a file of 128 bytes. wrk and rampart take turns on CPU 1 with
64 connections and one thread. The client's own CPU time (user + system, by wait4) per completed
request is the figure that counts: on loopback the rate is set by client, kernel and server together.
Both clients' whole process is measured, start and report included.

Needs wrk, nginx and two CPUs. RAMPART names the program (default build/release/bin/rampart).
"""

import argparse
import datetime
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BEGIN = "<!-- bench/loadgen.py: begin -->"
END = "<!-- bench/loadgen.py: end -->"
SERVER_CPU, CLIENT_CPU = 0, 1


def fail(text):
    sys.exit(f"loadgen: {text}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """nginx in the foreground with a configuration and a folder of its own."""

    def __init__(self, folder, port):
        self.url = f"http://127.0.0.1:{port}/page"
        os.mkdir(f"{folder}/www")
        with open(f"{folder}/www/page", "w") as page:
            page.write("x" * 128)
        os.chmod(folder, 0o755)
        config = f"{folder}/nginx.conf"
        with open(config, "w") as out:
            out.write(f"""
                daemon off;
                worker_processes 1;
                worker_cpu_affinity 01;
                pid {folder}/pid;
                error_log {folder}/error.log;
                events {{ worker_connections 1024; }}
                http {{
                  access_log off;
                  keepalive_requests 1000000000;
                  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
                }}
            """)
        self.process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CPU), "nginx", "-e", f"{folder}/error.log", "-c", config])
        for _ in range(100):
            if self.process.poll() is not None:
                with open(f"{folder}/error.log") as log:
                    fail(f"nginx did not start: {log.read()}")
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                return
            except OSError:
                time.sleep(0.05)
        fail("nginx does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def timed(command):
    """Runs a client pinned to its CPU: its output, exit code and CPU seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(["taskset", "-c", str(CLIENT_CPU), *command], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, complaint = out.read().decode(), err.read().decode()
    return text, complaint, process.returncode, usage.ru_utime + usage.ru_stime


def run_wrk(url, seconds, connections):
    text, complaint, code, cpu = timed(["wrk", "-t1", f"-c{connections}", f"-d{seconds}", url])
    count = re.search(r"(\d+) requests in", text)
    if code != 0 or not count:
        fail(f"wrk failed: {text}{complaint}")
    if "Socket errors" in text or "Non-2xx" in text:
        fail(f"wrk met errors: {text}")
    return int(count.group(1)), cpu


def run_rampart(program, url, seconds, connections, folder):
    command = [program, "load", url, "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--quiet",
               "--json", "-", "--db", f"{folder}/run.db"]
    text, complaint, code, cpu = timed(command)
    # 5 is what this bench provokes: a closed loop that keeps its client busy.
    if code not in (0, 5):
        fail(f"rampart failed with {code}: {complaint}")
    load = json.loads(text)["load"][0]
    if load["failed"] or load["started"] != load["completed"] + load["failed"] + load["in_flight"]:
        fail(f"rampart met errors: {load}")
    return load["completed"], cpu


def cpu_model():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"


def version_of(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def measure(arguments, program):
    rows = []
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        nginx = Nginx(folder, free_port())
        try:
            run_wrk(nginx.url, 1, arguments.connections)  # warm the server
            for n in range(arguments.rounds):
                wrk = run_wrk(nginx.url, arguments.seconds, arguments.connections)
                own = run_rampart(program, nginx.url, arguments.seconds, arguments.connections, folder)
                rows.append((wrk, own))
                print(f"round {n + 1} of {arguments.rounds}", file=sys.stderr)
        finally:
            nginx.stop()
    return rows


def table(rows, arguments, program):
    lines = ["| round | wrk CPU/request | rampart CPU/request | ratio | wrk requests/s | rampart requests/s |",
             "|---|---|---|---|---|---|"]
    cpu_ratios, rate_ratios = [], []
    for n, ((wrk_count, wrk_cpu), (own_count, own_cpu)) in enumerate(rows):
        wrk_each, own_each = wrk_cpu / wrk_count * 1e6, own_cpu / own_count * 1e6
        cpu_ratios.append(own_each / wrk_each)
        rate_ratios.append(own_count / wrk_count)
        lines.append(f"| {n + 1} | {wrk_each:.2f} us | {own_each:.2f} us | {cpu_ratios[-1]:.2f} | "
                     f"{wrk_count / arguments.seconds:,.0f} | {own_count / arguments.seconds:,.0f} |")
    lines += [
        "",
        f"Median of the ratios, rampart to wrk: CPU per request {statistics.median(cpu_ratios):.2f}, "
        f"requests per second {statistics.median(rate_ratios):.2f}.",
        "",
        f"`{arguments.command}`, {datetime.date.today().isoformat()}; {cpu_model()}, {os.cpu_count()} CPUs, "
        f"Linux {os.uname().release.split('-')[0]}; {version_of([program, '--version'])}, "
        f"{version_of(['wrk', '-v']).split(' Copyright')[0]}, {version_of(['nginx', '-v'])}.",
    ]
    return "\n".join(lines)


def write(path, text):
    """Replaces what stands between the markers, or adds them at the end."""
    try:
        with open(path) as page:
            old = page.read()
    except FileNotFoundError:
        old = "# Benchmarks\n"
    block = f"{BEGIN}\n{text}\n{END}"
    if BEGIN in old and END in old:
        head, rest = old.split(BEGIN, 1)
        new = head + block + rest.split(END, 1)[1]
    else:
        new = f"{old.rstrip()}\n\n## Load generator beside wrk\n\n{block}\n"
    with open(path, "w") as page:
        page.write(new)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--write", metavar="FILE", help="put the table into this page, as in docs/benchmarks.md")
    arguments = parser.parse_args()
    arguments.command = " ".join(
        ["script/bench loadgen", f"--rounds {arguments.rounds}", f"--seconds {arguments.seconds}",
         f"--connections {arguments.connections}"])
    if arguments.rounds < 1 or arguments.seconds < 1:
        parser.error("rounds and seconds are at least 1")
    program = os.environ.get("RAMPART", "build/release/bin/rampart")
    for needed in ("wrk", "nginx", "taskset", program):
        if not shutil.which(needed):
            fail(f"{needed} is missing: script/bootstrap --with=bench, script/build release")
    if not {SERVER_CPU, CLIENT_CPU} <= os.sched_getaffinity(0):
        fail(f"CPUs {SERVER_CPU} and {CLIENT_CPU} are needed: one for the server, one for the client")
    text = table(measure(arguments, program), arguments, program)
    print(text)
    if arguments.write:
        write(arguments.write, text)


if __name__ == "__main__":
    main()
