#!/usr/bin/env python3
"""How much memory `rampart sniff` takes under very many connections and sources, beside Suricata.

Two captures are made: connections that all stay open, each with its handshake and the first part of a request; and
SYN packets, each from another address. Both engines read them with one rule on streams, checksums off, and write
nothing but alerts; rampart looks for attacks without a signature besides. RAMPART names the program (default
build/release/bin/rampart).
"""

import argparse
import json
import os
import struct
import sys
import tempfile

import engines
import page
import peers

BLOCK = 65536  # clients whose addresses differ in their last two bytes
RULE = 'alert tcp any any -> any any (msg:"never"; content:"rampart bench crowd"; sid:1;)\n'
MOST = 180 * 256 * BLOCK  # 10.0.0.0 up to 190.0.0.0, below the server
SYN, ACK, PSH = 0x02, 0x10, 0x08
SERVER = bytes([192, 0, 2, 1])
REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.org\r\nX-Rest: "  # its end does not come
HEADS = ["capture", "packets", "engine", "CPU", "peak memory", "flows", "left before their end", "attacks"]


def packets(seconds, upper, count, to_server, flags, payload):
    """One packet of each of the first `count` clients of a block, as the records of a pcap file: all at one time."""
    client, server = bytes([10 + upper // 256, upper % 256]), SERVER
    ports = struct.pack(">HH", 40000, 80) if to_server else struct.pack(">HH", 80, 40000)
    ahead = 1001 if to_server else 5001
    seq, ack = (ahead - (flags & SYN != 0), 5001 if to_server else 1001)
    tcp = ports + struct.pack(">IIBBHHH", seq, ack if flags & ACK else 0, 0x50, flags, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
    ethernet = bytes(12) + b"\x08\x00"
    size = len(ethernet) + len(ip) + 8 + len(tcp)
    record = struct.pack("<IIII", int(seconds), int(seconds % 1 * 1e6), size, size) + ethernet + ip
    before, after = (record + client, server + tcp) if to_server else (record + server + client, tcp)
    lows = [low.to_bytes(2, "big") for low in range(count)]
    return before + (after + before).join(lows) + after


def make(path, clients, per_second, kinds):
    """Writes a capture; `kinds` are (to_server, flags, payload) of each client's packets, in order."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for upper in range(-(-clients // BLOCK)):
            count = min(BLOCK, clients - upper * BLOCK)
            for kind in kinds:
                file.write(packets(1700000000 + upper * BLOCK / per_second, upper, count, *kind))


def rampart(capture, rules):
    """Its row, from the counters that it writes itself."""
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        output = peers.timed(
            [peers.program(), "sniff", "-r", capture, "-S", rules, "-k", "none", "--behaviour", "--eve", os.devnull,
             "--eve-types", "alert", "--stats", f"{folder}/stats.json", "--quiet"], engines.LIMIT)
        if output.code != 0:
            page.fail(f"rampart ended with {output.code}: {output.complaint.strip()[-300:]}")
        with open(f"{folder}/stats.json", encoding="utf-8") as file:
            stats = json.load(file)
    return [f"{stats['capture']['packets']:,}", "rampart", f"{output.cpu:.1f} s", f"{output.peak / 2**20:,.0f} MiB",
            f"{stats['flow']['total']:,}", f"{stats['flow']['evicted']:,}", str(stats["behaviour"]["attacks"])]


def suricata(capture, rules):
    reading = engines.suricata(capture, rules)
    return [f"{reading.packets:,}", "suricata", f"{reading.cpu:.1f} s", f"{reading.peak / 2**20:,.0f} MiB", "-", "-", "-"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=1_000_000)
    parser.add_argument("--sources", type=int, default=10_000_000)
    page.add_write(parser)
    arguments = parser.parse_args()
    if min(arguments.connections, arguments.sources) < 1 or max(arguments.connections, arguments.sources) > MOST:
        parser.error(f"connections and sources are numbers from 1 to {MOST}")
    return arguments


def main():
    arguments = parse()
    page.need("suricata", "taskset", peers.program())
    host = page.Host()
    rows = []
    cases = [(f"{arguments.connections:,} connections, all open", arguments.connections, 100_000,
              [(True, SYN, b""), (False, SYN | ACK, b""), (True, ACK, b""), (True, ACK | PSH, REQUEST)]),
             (f"SYN from {arguments.sources:,} sources", arguments.sources, 1_000_000, [(True, SYN, b"")])]
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as folder:
        rules = f"{folder}/one.rules"
        with open(rules, "w", encoding="utf-8") as file:
            file.write(RULE)
        for name, clients, per_second, kinds in cases:
            capture = f"{folder}/crowd.pcap"
            make(capture, clients, per_second, kinds)
            for engine in (suricata, rampart):
                print(f"{name}: {engine.__name__}", file=sys.stderr)
                rows.append([name, *engine(capture, rules)])
    command = f"script/bench crowd --connections {arguments.connections} --sources {arguments.sources}"
    versions = [page.version_of(peers.program(), "--version"), *page.package_versions("suricata")]
    page.finish(arguments, "crowd", "\n\n".join([page.table(HEADS, rows), host.foot(command, versions)]))


if __name__ == "__main__":
    main()
