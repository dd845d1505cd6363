#!/usr/bin/env python3
"""Checks what a compiler does not: the edges between rooms, library doors, sizes, names, the clock.

usage: script/structure.py [FOLDER]    (script/check calls it; FOLDER is the project's root)

Prints file:line: message for each finding and exits with 1 where there is any.
"""

import pathlib
import re
import subprocess
import sys

FILE_LINES = 500
FUNCTION_LINES = 60
TEST_FUNCTION_LINES = 100  # tables of cases are data
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|impl)(_|$)")

# One library, one door: an include that matches may stand only in files that match. Tests may
# include anything.
DOORS = [
    (r"uv\.h|uv/", r"net/"),
    (r"ares\.h", r"net/"),
    (r"ldns/", r"probe/"),
    (r"crypt\.h", r"exporter/"),
    (r"openssl/", r"net/|sniffer/(app/certificate|digest)\.cc$|bench/probe_floor\.cc$"),
    (r"http_parser\.h", r"net/"),
    (r"nghttp2/", r"net/|sniffer/app/hpack\.cc$"),
    (r"curl/", r"probe/"),
    (r"brotli/", r"probe/"),
    (r"re2/", r"probe/|loadgen/pattern\.cc$"),
    (r"htp/", r"sniffer/app/http_\w+\.cc$"),
    (r"pcap", r"sniffer/"),
    (r"hs\.h|hs_|hs/", r"sniffer/"),
    (r"pcre2", r"sniffer/"),
    (r"sqlite3", r"store/"),
    (r"yaml-cpp/", r"scenarios/"),
    (r"nlohmann/", r"(model|scenarios|sniffer/eve|host)/.*\.cc$|probe/(module/oauth2_grant|range_answer)\.cc$"),
    (r"kainjow/", r"reports/.*\.cc$"),
    (r"readerwriterqueue", r"runner/"),
    (r"CLI/", r"cli/"),
    (r"spdlog/", r"base/log\.cc$"),
    (r"zlib\.h", r"base/"),
]
# The libraries that rampart's own headers may include.
IN_HEADERS = re.compile(r"tl/expected\.hpp|fmt/core\.h")
IN_ONE_HEADER = {"runner/ring.h": "readerwriterqueue/readerwriterqueue.h"}

CLOCK = re.compile(
    r"(steady|system|high_resolution)_clock::now|\bclock_gettime\s*\(|\bgettimeofday\s*\("
    r"|(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)"
)
CLOCK_FILE = "base/clock.cc"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Tables of an event and its name each, one in a line.
EVENTS = ["sniffer/decode/decode_event.cc", "sniffer/flow/stream_event.cc"]

findings = []


def report(path, line, message):
    findings.append(f"{path}:{line}: {message}")


def read_edges(root):
    """The table of cmake/Rooms.cmake: room -> rooms that it may include."""
    text = (root / "cmake/Rooms.cmake").read_text(encoding="utf-8")
    table = re.findall(r'^set\(RAMPART_EDGES_(\w+)\s+"?([^")]*)"?\)', text, re.MULTILINE)
    return {room: set(dependencies.split()) for room, dependencies in table}


def check_edge(path, line, room, included, edges):
    other = included.split("/")[0]
    if room in ("tests", "bench") or other == room or other not in edges:
        return
    if other not in edges[room]:
        report(path, line, f"room {room} must not include {included}: see cmake/Rooms.cmake")


def check_library(path, line, included):
    for library, door in DOORS:
        if re.match(library, included) and not re.match(door, path):
            report(path, line, f"<{included}> belongs behind another door: see docs/architecture.md")
    is_library = any(re.match(library, included) for library, _ in DOORS) or included.startswith("fmt/")
    if path.endswith(".h") and is_library and not IN_HEADERS.match(included):
        if IN_ONE_HEADER.get(path) != included:
            report(path, line, f"a header must not include <{included}>: forward-declare")


def check_includes(path, lines, edges, known):
    room = path.split("/")[0]
    own = re.sub(r"\.cc$", ".h", path)
    first = True
    for number, text in enumerate(lines, 1):
        match = INCLUDE.match(text)
        if not match:
            continue
        quoted, included = match.group(1) == '"', match.group(2)
        if first and path.endswith(".cc") and own in known and included not in (own, own.split("/")[-1]):
            report(path, number, f'the first include must be "{own}"')
        first = False
        if quoted:
            check_edge(path, number, room, included, edges)
        elif room != "tests":
            check_library(path, number, included)


def check_clock(path, lines):
    if path == CLOCK_FILE:
        return
    for number, text in enumerate(lines, 1):
        if CLOCK.search(text.split("//")[0]):
            report(path, number, "time comes only from base::Clock")


def check_functions(root, paths):
    out = subprocess.run(
        ["ctags", "-f", "-", "--languages=C++", "--map-c++=+.h", "--kinds-c++=f", "--fields=+ne",
         "--excmd=number", "-L", "-"],
        input="\n".join(paths), capture_output=True, text=True, check=True, cwd=root).stdout
    for row in out.splitlines():
        name, path, rest = row.split("\t", 2)
        begin, end = re.search(r"\bline:(\d+)", rest), re.search(r"\bend:(\d+)", rest)
        if begin and end:
            length = int(end.group(1)) - int(begin.group(1)) + 1
            most = TEST_FUNCTION_LINES if path.startswith("tests/") else FUNCTION_LINES
            if length > most:
                report(path, begin.group(1), f"{name} has {length} lines; {most} at most")


def read_elsewhere(root):
    """tests/elsewhere.txt: source -> (line, the tests that cover it; none where a reason is given)."""
    path = "tests/elsewhere.txt"
    listed = {}
    for number, text in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        source, _, rest = text.split("#")[0].strip().partition(" ")
        tests = rest.split()
        if not source:
            continue
        if not tests or tests == ["none:"]:
            report(path, number, "name a test of tests/, or write none: and the reason")
        if tests[:1] == ["none:"]:
            tests = []
        for test in tests:
            if not (root / "tests" / test).exists():
                report(path, number, f"there is no tests/{test}")
        listed[source] = (number, tests)
    return listed


def check_tests(root, sources):
    listed = read_elsewhere(root)
    for path in sources:
        room, name = path.split("/")[0], pathlib.PurePath(path).stem
        own = f"tests/{room}/{name}_test.cc"
        if (root / own).exists():
            if path in listed:
                report("tests/elsewhere.txt", listed[path][0], f"{path} has a test of its own")
        elif path not in listed:
            report(path, 1, f"there is no {own}, and tests/elsewhere.txt does not name another")
    for path, (number, _) in listed.items():
        if path not in sources:
            report("tests/elsewhere.txt", number, f"there is no {path}")


def check_events(root):
    """Every event of the decoder and of streams is named in a test."""
    tests = " ".join(p.read_text(encoding="utf-8") for p in (root / "tests/sniffer").glob("*_test.cc"))
    named = set(re.findall(r"\w+", tests))
    for path in EVENTS:
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        for number, text in enumerate(lines, 1):
            row = re.match(r'\s*\{(\w+), "([\w.]+)"\},$', text)
            if row and row.group(1) not in named and row.group(2).split(".")[-1] not in named:
                report(path, number, f"no test in tests/sniffer names {row.group(1)}")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    edges = read_edges(root)
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cc", "*.h"],
        capture_output=True, text=True, check=True, cwd=root).stdout.split()
    known = {path for path in listing if (root / path).exists()}
    for path in sorted(known):
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if len(lines) > FILE_LINES:
            report(path, 1, f"{len(lines)} lines; {FILE_LINES} at most")
        if EMPTY_NAMES.search(pathlib.PurePath(path).stem):
            report(path, 1, "the name says nothing: which noun is missing?")
        check_includes(path, lines, edges, known)
        check_clock(path, lines)
    check_functions(root, sorted(known))
    check_events(root)
    check_tests(root, [p for p in sorted(known) if p.split("/")[0] in edges and p.endswith(".cc")])
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
