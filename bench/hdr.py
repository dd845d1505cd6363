"""Reads HdrHistogram V2 compressed payloads, as the store keeps them.

Format: the notes of HdrHistogram_c (hdr_histogram_log.c, CC0): a big-endian header of 40 bytes, then
counts as ZigZag LEB128, where a negative number is a run of zeros.
"""

import collections
import contextlib
import sqlite3
import struct
import zlib

COOKIE, COMPRESSED_COOKIE = 0x1C849303 | 0x10, 0x1C849304 | 0x10
DIGITS = 3
HALF = 1024  # sub-buckets that a bucket adds at three digits


def _zigzags(data):
    """Numbers of at most nine bytes each; the ninth carries eight bits."""
    value = shift = 0
    for byte in data:
        if shift == 56 or byte < 0x80:
            value |= byte << shift
            yield value >> 1 ^ -(value & 1)
            value = shift = 0
        else:
            value |= (byte & 0x7F) << shift
            shift += 7


def _highest(cell):
    """The greatest value that is counted in a cell."""
    if cell < 2 * HALF:
        return cell
    bucket = cell // HALF - 1
    return ((cell % HALF + HALF + 1) << bucket) - 1


def decode(payload):
    """Counts by the greatest value of their cell."""
    if len(payload) < 8 or struct.unpack(">I", payload[:4])[0] != COMPRESSED_COOKIE:
        raise ValueError("not a compressed HdrHistogram V2 payload")
    plain = zlib.decompress(payload[8:])
    cookie, size, _, digits, lowest = struct.unpack(">IIIIQ", plain[:24])
    if cookie != COOKIE or digits != DIGITS or lowest != 1 or size != len(plain) - 40:
        raise ValueError("an HdrHistogram of another kind or precision")
    counts, cell = collections.Counter(), 0
    for number in _zigzags(plain[40:]):
        if number < 0:
            cell -= number
            continue
        if number:
            counts[_highest(cell)] += number
        cell += 1
    return counts


def percentile(counts, percent):
    """The least value that `percent` of what was counted do not exceed; None where nothing was."""
    total, seen = sum(counts.values()), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= total * percent / 100:
            return value
    return None


def mean(counts):
    total = sum(counts.values())
    return sum(value * count for value, count in counts.items()) / total if total else None


def stored(store, query):
    """The sum of the histograms that a query of a run's store gives."""
    counts = collections.Counter()
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        for (payload,) in db.execute(query):
            counts += decode(payload)
    return counts
