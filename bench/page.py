"""What the benches share at their edges: what must be there, the host, the page of results."""

import datetime
import os
import re
import shutil
import subprocess
import sys

PAGE = "docs/benchmarks.md"


def fail(text):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {text}")


def need(*programs):
    """Ends the bench where a program is missing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [p for p in programs if not shutil.which(p, path=path)]
    if missing:
        fail(f"{', '.join(missing)} missing: script/bootstrap --with=bench, script/build release")


def need_cpus(*cpus):
    if not set(cpus) <= os.sched_getaffinity(0):
        fail(f"CPUs {' and '.join(map(str, cpus))} are needed: one for the server, one for the client")


def version_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].split(" Copyright")[0].rstrip(" ,") if lines else "unknown"


def package_versions(*packages):
    """Of Debian packages, for programs that do not tell their own."""
    texts = []
    for name in packages:
        done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True,
                              check=False)
        texts.append(f"{name} {done.stdout.strip() or 'unknown'}")
    return texts


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        found = re.search(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    return found.group(1) if found else "unknown CPU"


class Host:
    """What a host did beside the measurement, from the object's making on: the foot of each table."""

    def __init__(self):
        self._load = os.getloadavg()[0]
        self._begin = self._ticks()

    @staticmethod
    def _ticks():
        with open("/proc/stat", encoding="utf-8") as stat:
            fields = [int(f) for f in stat.readline().split()[1:9]]
        return sum(fields), fields[7]

    def steal(self):
        """Share of CPU time that the hypervisor gave to others meanwhile."""
        every, stolen = (b - a for a, b in zip(self._begin, self._ticks()))
        return stolen / every if every else 0.0

    def foot(self, command, versions):
        """Who measured, when, where and how busy the host was."""
        return (f"`{command}`, {datetime.date.today().isoformat()}; {cpu_model()}, {os.cpu_count()} CPUs, "
                f"Linux {os.uname().release.split('-')[0]}; load average before {self._load:.2f}, "
                f"steal {100 * self.steal():.1f} %; {', '.join(versions)}.")


def table(heads, rows):
    """A Markdown table; cells are texts."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows))


def write(path, bench, text):
    """Puts `text` between the bench's markers in a page; they must be there."""
    begin, end = f"<!-- bench/{bench}.py: begin -->", f"<!-- bench/{bench}.py: end -->"
    with open(path, encoding="utf-8") as page:
        head, found, rest = page.read().partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        fail(f"{path} has no '{begin}' followed by '{end}'")
    with open(path, "w", encoding="utf-8") as page:
        page.write(f"{head}{begin}\n{text}\n{end}{tail}")


def finish(arguments, bench, text):
    """Prints a result, and writes it where --write says."""
    print(text)
    if arguments.write:
        write(arguments.write, bench, text)


def add_write(parser):
    parser.add_argument("--write", metavar="FILE", help=f"put the table into this page, as {PAGE}")
