#!/usr/bin/env python3
"""What a connection costs the client in memory, and how many it can hold.

Beside each other: rampart, wrk and h2load hold the same number of keep-alive connections to nginx on
loopback, closed loop on one thread. nginx takes about a second for an answer (limit_rate), so the rate
stays low and every connection is waiting. Memory is the client's peak resident set (VmHWM) less that
with one connection, for each further connection; how many connections there are is nginx's own count
(stub_status), not the client's.

Many: rampart alone, from many addresses, so that local ports do not run out; opened at 5000 per second,
then held under an open loop of 3000 requests per second.

Both sides need a file descriptor for each connection. The limit is raised as far as the system permits.
Where that is not enough for the many, several processes of rampart share them, each from a network of
127.0.0.0/8 of its own, and nginx has as many workers; for the comparison, nothing is measured then.
RAMPART names the program (default build/release/bin/rampart).
"""

import argparse
import contextlib
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


@dataclasses.dataclass(frozen=True)
class Held:
    text: list     # what each client printed
    code: list     # and its exit code
    memory: int    # bytes, the most that were resident of each, together
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


def hold(commands, nginx, seconds):
    """Runs clients of `seconds` beside each other to their end and watches them from outside."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        outs = [stack.enter_context(tempfile.TemporaryFile()) for _ in commands]
        clients = [subprocess.Popen(peers.pinned(command), stdout=out, stderr=subprocess.STDOUT)
                   for command, out in zip(commands, outs)]
        memory, counts, asked = [0] * len(clients), [], 0.0
        try:
            while any(client.poll() is None for client in clients):
                now = time.monotonic() - began
                memory = [max(most, resident(client.pid)) for most, client in zip(memory, clients)]
                if now - asked >= 0.5 and now < seconds - 2:
                    asked = now
                    counts.append(counted(nginx))
                if now > seconds + PATIENCE:
                    end(clients)
                time.sleep(0.05)
        finally:
            end(clients)
        while counted(nginx) > 0:  # what is still being closed would count for the next client
            if time.monotonic() - began > seconds + 2 * PATIENCE:
                page.fail(f"nginx still holds connections of {commands[0][0]}")
            time.sleep(0.2)
        for out in outs:
            out.seek(0)
        return Held([out.read().decode(errors="replace") for out in outs],
                    [client.returncode for client in clients], sum(memory), max(counts, default=0),
                    counts[-1] if counts else 0)


def end(clients):
    for client in clients:
        if client.poll() is None:
            client.kill()
            client.wait()


def errors_of(name, held):
    """What went wrong, in the client's own words; empty where nothing did."""
    [text], [code] = held.text, held.code
    if code == -signal.SIGKILL:
        return f"did not end, killed after {PATIENCE} s more"
    if name == "rampart":
        load = json.loads(text)["load"][0]
        bad = {k: load[k] for k in ("failed", "connect_failures", "connections_lost") if load[k]}
        return ", ".join(f"{k} {v}" for k, v in bad.items())
    if code != 0:
        return f"ended with {code}"
    if name == "wrk":
        found = re.search(r"Socket errors: (.*)", text)
        return found.group(1) if found else ""
    found = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", text)
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
            one = hold([command(url, 1)], nginx, arguments.seconds)
            many = hold([command(url, arguments.connections)], nginx, arguments.seconds)
            each = (many.memory - one.memory) / (arguments.connections - 1)
            rows.append([name, f"{arguments.connections:,}", f"{many.most:,}", f"{many.at_end:,}",
                         f"{one.memory / 2**20:.1f} MiB", f"{many.memory / 2**20:.1f} MiB", f"{each / 1024:.2f} KiB",
                         errors_of(name, many) or "none"])
            print(f"{name}: {each / 1024:.2f} KiB each")
    return page.table(["client", "asked", "most at a time", "at the end", "memory with 1", "memory with all",
                       "each further one", "errors"], rows)


def many(arguments):
    # As many processes as their limit of file descriptors demands, where one is not permitted all.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - servers.SPARE
    processes = -(-arguments.many // limit)
    if processes > 1:  # nginx's workers do not get equal shares
        processes = -(-arguments.many * 11 // 10 // limit)
    each = arguments.many // processes
    seconds = -(-arguments.many // OPENED_PER_SECOND) + arguments.seconds
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder, servers.Nginx(
            folder, connections=arguments.many, workers=processes) as nginx:
        commands = []
        for number in range(1, processes + 1):
            scenario = f"{folder}/many-{number}.yml"
            with open(scenario, "w", encoding="utf-8") as out:
                out.write(f"""name: many
workers: 1
targets: {{ web: {{ url: "{nginx.http1[0]}" }} }}
load:
  - name: many
    connections: {each}
    connection_rate: {OPENED_PER_SECOND // processes}/s
    sources: [ 127.0.{number}.0/24 ]
    arrival: {{ rate: {REQUESTS_PER_SECOND // processes}/s, duration: {seconds}s }}
""")
            commands.append([peers.program(), "run", scenario, "--quiet", "--json", "-", "--db",
                             f"{folder}/{number}.db"])
        held = hold(commands, nginx, seconds)
    for text, code in zip(held.text, held.code):
        if not text.startswith("{"):
            page.fail(f"rampart ended with {code}: {text.strip()[-500:]}")
    results = [json.loads(text) for text in held.text]

    def total(figure):
        return sum(result["load"][0][figure] for result in results)

    row = [f"{each * processes:,}", f"{processes}", f"{total('connects'):,}", f"{held.most:,}", f"{held.at_end:,}",
           f"{total('connect_failures'):,}", f"{total('connections_lost'):,}",
           f"{total('failed'):,} of {total('started'):,}", f"{held.memory / 2**20:.0f} MiB",
           ", ".join(sorted({result["validity"] for result in results}))]
    sources = "127.0.1.0/24" if processes == 1 else f"127.0.1.0/24 to 127.0.{processes}.0/24"
    return f"rampart alone, from {sources}:\n\n" + page.table(
        ["asked", "processes", "opened", "most at a time", "at the end", "connect failures", "lost",
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
        short_of_files(arguments.many)
        parts.append(many(arguments))
    command = (f"script/bench connections --connections {arguments.connections} --many {arguments.many} "
               f"--seconds {arguments.seconds}")
    versions = [page.version_of(peers.program(), "--version"),
                *page.package_versions("nginx-light", "wrk", "nghttp2-client")]
    page.finish(arguments, "connections", "\n\n".join([*parts, host.foot(command, versions)]))


if __name__ == "__main__":
    main()
