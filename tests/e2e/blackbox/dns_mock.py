"""A name server on one port of UDP and TCP, and one for DNS over TLS, that answers from zones.py."""

import contextlib
import socket
import struct
import threading
import time

from faulty import Faulty

from .http_mock import PATIENCE, wait_for_end
from .zones import CLASSES, CODES, TYPES, ZONES, Record, Reply, name, v4

TYPE_NAMES = {number: text for text, number in TYPES.items()}
ONE = Reply(answer=(Record("odd.example.test", "A", v4("192.0.2.7")),))


def question_of(query):
    """(name, type, where it ends) of a query's first question."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    (kind,) = struct.unpack(">H", query[at + 1:at + 3])
    return ".".join(labels) or ".", TYPE_NAMES.get(kind, str(kind)), at + 5


def message(query, reply, flags=0x8080, question=None):
    """`reply` to `query`; `flags` beside the code: QR and RA. RD is given back as it came."""
    end = question_of(query)[2]
    code = CODES[reply.code]
    flags |= code & 15 | (query[2] & 1) << 8
    sections = (reply.answer, reply.authority, reply.additional)
    head = query[:2] + struct.pack(">HHHHH", flags, 1, *map(len, sections))
    return head + (question or query[12:end]) + b"".join(r.wire() for part in sections for r in part)


def bad_answers(query, asked):
    """For each odd name the datagrams that are sent, in order; None where it is another name."""
    good = message(query, ONE)
    other_id = bytes([good[0] ^ 0xFF]) + good[1:]
    table = {
        "silent": [],
        "wrongid": [other_id],
        "wrongid-then-right": [other_id, good],
        "twice": [good, good],
        "cut": [good[:-3]],
        "head": [good[:12]],
        "short": [good[:5]],
        "nothing": [b""],
        "garbage": [query[:2] + b"\xff" * 40],
        "longer": [good + b"trailing bytes"],
        "loop": [good[:6] + b"\0\1\0\0\0\0" + query[12:question_of(query)[2]] + b"\xc0" +
                 bytes([question_of(query)[2]]) + b"\0\1\0\1\0\0\0\1\0\4\1\2\3\4"],
        "truncated": [message(query, Reply(), 0x8280)],
        "truncated-part": [message(query, ONE, 0x8280)],
        "question": [message(query, ONE, question=name("other.example.test") + struct.pack(">HH", 1, 1))],
        "no-question": [good[:4] + b"\0\0" + good[6:12] + good[question_of(query)[2]:]],
        "query": [message(query, ONE, 0x0080)],
        "status": [message(query, ONE, 0x9080)],
        "no-recursion": [message(query, ONE, 0x8000)],
        "authoritative": [message(query, ONE, 0x8480)],
        "counts": [good[:7] + b"\x09" + good[8:]],
    }
    return table.get(asked.removesuffix(".bad.test")) if asked.endswith(".bad.test") else None


def answers_to(query):
    asked, kind, end = question_of(query)
    if asked.startswith("slow."):
        time.sleep(0.3)
        return [message(query, ONE)]
    if asked == "recursion.test":  # only who asks for recursion gets it
        return [message(query, ONE if query[2] & 1 else Reply("REFUSED"))]
    bad = bad_answers(query, asked)
    if bad is not None:
        return bad
    klass = struct.unpack(">H", query[end - 2:end])[0]
    known = (klass == CLASSES["CH"]) == (asked == "version.bind")
    return [message(query, ZONES.get((asked, kind), Reply("NXDOMAIN")) if known else Reply("REFUSED"))]


def serve_stream(_, connection):
    """RFC 1035, section 4.2.2: a length of two bytes before each message."""
    connection.settimeout(PATIENCE)
    with contextlib.suppress(OSError):
        while True:
            data = b""
            while len(data) < 2 or len(data) < 2 + struct.unpack(">H", data[:2])[0]:
                more = connection.recv(4096)
                if not more:
                    return
                data += more
            if question_of(data[2:])[0] == "closes.bad.test":
                return
            answers = answers_to(data[2:])
            for answer in answers:
                connection.sendall(struct.pack(">H", len(answer)) + answer)
            if question_of(data[2:])[0] == "short.bad.test":
                connection.sendall(b"\0")
                return
            if not answers:
                wait_for_end(connection)


class NameServer:
    """Both transports on `port`, a free one where none is given, and DNS over TLS on `tls_ports` by the name of
    the certificate."""

    def __init__(self, contexts, host="127.0.0.1", port=0):
        self._streams = []
        self._datagrams = None
        self.port = self._listen(host, port)
        self.tls_ports = {}
        for name_of, context in contexts.items():
            self._streams.append(Faulty(serve_stream, tls=context, host=host))
            self.tls_ports[name_of] = self._streams[-1].port
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _listen(self, host, port):
        """A TCP port whose number is free for UDP, too."""
        for _ in range(20):
            stream = Faulty(serve_stream, host=host, port=port)
            self._datagrams = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self._datagrams.bind((host, stream.port))
            except OSError:
                self._datagrams.close()
                stream.stop()
                continue
            self._streams.append(stream)
            return stream.port
        raise RuntimeError("no port is free for both TCP and UDP")

    def _receive(self):
        while True:
            query, sender = self._datagrams.recvfrom(4096)
            if query == b"end":
                return
            threading.Thread(target=self._answer, args=(query, sender), daemon=True).start()

    def _answer(self, query, sender):
        with contextlib.suppress(OSError):
            for answer in answers_to(query):
                self._datagrams.sendto(answer, sender)

    def stop(self):
        self._datagrams.sendto(b"end", self._datagrams.getsockname())
        self._thread.join(5)
        self._datagrams.close()
        for stream in self._streams:
            stream.stop()
