#!/usr/bin/env python3
"""What a connection costs the client in memory, and how many it can hold.

Beside each other: rampart, wrk and h2load hold the same number of keep-alive connections to nginx on
loopback, closed loop on one thread. nginx takes about a second for an answer (limit_rate), so the rate
stays low and every connection is waiting. Memory is the client's peak resident set (VmHWM) less that
with one connection, for each further connection; how many connections there are is nginx's own count
(stub_status), not the client's.

Many: rampart alone, from the addresses of 127.0.1.0/24, so that local ports do not run out; opened at
5000 per second, then held under an open loop of 3000 requests per second.

Both sides need a file descriptor for each connection. The limit is raised as far as the system permits;
what that is not enough for is not measured, and the bench says so.
RAMPART names the program (default build/release/bin/rampart).
"""

import argparse
import dataclasses
import json
import re
import resource
import signal
import subprocess
import tempfile
import time

import page
import peers
import servers

# Bytes per second, of about 300 an answer has; not from a file, which would be open all the while.
SLOW = f'limit_rate 200; return 200 "{servers.PAGE.decode()}";'
PATIENCE = 60  # seconds that a client may take longer than it should
OPENED_PER_SECOND, REQUESTS_PER_SECOND = 5000, 3000
SOURCES = "127.0.1.0/24"


@dataclasses.dataclass(frozen=True)
class Held:
    text: str      # what the client printed
    code: int
    memory: int    # bytes, the most that were resident
    most: int      # connections at a time, as nginx counts them
    at_end: int    # two seconds before the end


def short_of_files(connections):
    """Raises the limit of file descriptors; says what is missing where that is not permitted."""
    wanted = connections + servers.SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return ""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        return (f"{connections} connections need {wanted} file descriptors and the hard limit is {hard}: start as "
                f"root with CAP_SYS_RESOURCE, from a shell after 'ulimit -Hn {wanted}' or with LimitNOFILE={wanted}, "
                "or ask for fewer (--connections, --many)")
    return ""


def resident(pid):
    """The peak resident set of a process in bytes; 0 once it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            found = re.search(r"^VmHWM:\s+(\d+) kB", status.read(), re.MULTILINE)
    except OSError:
        return 0
    return int(found.group(1)) * 1024 if found else 0


def counted(nginx):
    try:
        return nginx.open_connections()
    except OSError as error:
        page.fail(f"nginx does not tell its connections: {error}; {nginx.errors()}")


def hold(command, nginx, seconds):
    """Runs a client of `seconds` to its end and watches it from outside."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        client = subprocess.Popen(peers.pinned(command), stdout=out, stderr=subprocess.STDOUT)
        memory, counts, asked = 0, [], 0.0
        try:
            while client.poll() is None:
                now = time.monotonic() - began
                memory = max(memory, resident(client.pid))
                if now - asked >= 0.5 and now < seconds - 2:
                    asked = now
                    counts.append(counted(nginx))
                if now > seconds + PATIENCE:
                    client.kill()
                time.sleep(0.05)
        finally:
            if client.poll() is None:
                client.kill()
                client.wait()
        while counted(nginx) > 0:  # what is still being closed would count for the next client
            if time.monotonic() - began > seconds + 2 * PATIENCE:
                page.fail(f"nginx still holds connections of {command[0]}")
            time.sleep(0.2)
        out.seek(0)
        return Held(out.read().decode(errors="replace"), client.returncode, memory, max(counts, default=0),
                    counts[-1] if counts else 0)


def errors_of(name, held):
    """What went wrong, in the client's own words; empty where nothing did."""
    if held.code == -signal.SIGKILL:
        return f"did not end, killed after {PATIENCE} s more"
    if name == "rampart":
        load = json.loads(held.text)["load"][0]
        bad = {k: load[k] for k in ("failed", "connect_failures", "connections_lost") if load[k]}
        return ", ".join(f"{k} {v}" for k, v in bad.items())
    if held.code != 0:
        return f"ended with {held.code}"
    if name == "wrk":
        found = re.search(r"Socket errors: (.*)", held.text)
        return found.group(1) if found else ""
    found = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", held.text)
    if not found:
        return "its report is not understood"
    return found.group(0) if any(map(int, found.groups())) else ""


def backlog_note(connections):
    """All three open at once; what the listener's queue cannot hold is tried again, or not."""
    with open("/proc/sys/net/core/somaxconn", encoding="ascii") as limit:
        most = int(limit.read())
    if connections <= most:
        return []
    return [f"All open their connections at once, and net.core.somaxconn was {most}: where errors are shown, raise "
            f"it to {connections} and measure again."]


def clients(seconds, folder):
    """Name -> the command for an URL and a number of connections."""
    return {
        "rampart": lambda url, n: [peers.program(), "load", url, "-t", 1, "-c", n, "-d", f"{seconds}s", "--quiet",
                                   "--json", "-", "--db", f"{folder}/{n}.db"],
        "wrk": lambda url, n: ["wrk", "-t1", f"-c{n}", f"-d{seconds}s", "--timeout", "30s", url],
        "h2load": lambda url, n: ["h2load", "--h1", "-t1", f"-c{n}", "-D", seconds, url],
    }


def side_by_side(arguments):
    rows = []
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, servers.Nginx(
            folder, doors=3, connections=arguments.connections, page_options=SLOW) as nginx:
        # A port each: what one client leaves in TIME_WAIT does not meet the next.
        for url, (name, command) in zip(nginx.http1, clients(arguments.seconds, folder).items()):
            one = hold(command(url, 1), nginx, arguments.seconds)
            many = hold(command(url, arguments.connections), nginx, arguments.seconds)
            each = (many.memory - one.memory) / (arguments.connections - 1)
            rows.append([name, f"{arguments.connections:,}", f"{many.most:,}", f"{many.at_end:,}",
                         f"{one.memory / 2**20:.1f} MiB", f"{many.memory / 2**20:.1f} MiB", f"{each / 1024:.2f} KiB",
                         errors_of(name, many) or "none"])
            print(f"{name}: {each / 1024:.2f} KiB each")
    return page.table(["client", "asked", "most at a time", "at the end", "memory with 1", "memory with all",
                       "each further one", "errors"], rows)


def many(arguments):
    seconds = -(-arguments.many // OPENED_PER_SECOND) + arguments.seconds
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, servers.Nginx(
            folder, connections=arguments.many) as nginx:
        scenario = f"{folder}/many.yml"
        with open(scenario, "w", encoding="utf-8") as out:
            out.write(f"""name: many
workers: 1
targets: {{ web: {{ url: "{nginx.http1[0]}" }} }}
load:
  - name: many
    connections: {arguments.many}
    connection_rate: {OPENED_PER_SECOND}/s
    sources: [ {SOURCES} ]
    arrival: {{ rate: {REQUESTS_PER_SECOND}/s, duration: {seconds}s }}
""")
        held = hold([peers.program(), "run", scenario, "--quiet", "--json", "-", "--db", f"{folder}/run.db"],
                    nginx, seconds)
    if not held.text.startswith("{"):
        page.fail(f"rampart ended with {held.code}: {held.text.strip()[-500:]}")
    result = json.loads(held.text)
    load = result["load"][0]
    row = [f"{arguments.many:,}", f"{load['connects']:,}", f"{held.most:,}", f"{held.at_end:,}",
           f"{load['connect_failures']:,}", f"{load['connections_lost']:,}",
           f"{load['failed']:,} of {load['started']:,}", f"{held.memory / 2**20:.0f} MiB", result["validity"]]
    return page.table(["asked", "opened", "most at a time", "at the end", "connect failures", "lost",
                       "failed requests", "memory", "validity"], [row])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=20000, help="beside the peers; from one address")
    parser.add_argument("--many", type=int, default=60000, help="of rampart alone; 0: leave it out")
    parser.add_argument("--seconds", type=int, default=20, help="how long each holds them")
    page.add_write(parser)
    arguments = parser.parse_args()
    if not 2 <= arguments.connections <= 28000 or not 0 <= arguments.many <= 100000 or arguments.seconds < 5:
        parser.error("--connections 2 to 28000, --many 0 to 100000, --seconds 5 or more")
    page.need("nginx", "taskset", "openssl", "wrk", "h2load", peers.program())
    page.need_cpus(servers.SERVER_CPU, peers.CLIENT_CPU)
    if missing := short_of_files(arguments.connections):
        page.fail(missing)
    host = page.Host()
    parts = [side_by_side(arguments), *backlog_note(arguments.connections)]
    if arguments.many:
        missing = short_of_files(arguments.many)
        parts.append(f"rampart alone, from {SOURCES}:\n\n"
                     + (f"not measured here: {missing}." if missing else many(arguments)))
    command = (f"script/bench connections --connections {arguments.connections} --many {arguments.many} "
               f"--seconds {arguments.seconds}")
    versions = [page.version_of(peers.program(), "--version"),
                *page.package_versions("nginx-light", "wrk", "nghttp2-client")]
    page.finish(arguments, "connections", "\n\n".join([*parts, host.foot(command, versions)]))


if __name__ == "__main__":
    main()
