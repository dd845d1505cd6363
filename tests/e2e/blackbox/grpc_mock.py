"""A server of grpc.health.v1.Health/Check over HTTP/2 (RFC 9113), cleartext or TLS: as much of both as a check needs."""

import contextlib
import struct
import time

from .http_mock import PATIENCE, wait_for_end

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING = 0, 1, 4, 6
END_STREAM, END_HEADERS, ACK = 1, 4, 1
# Service -> the ServingStatus that is answered; a service that is not here is unknown (NOT_FOUND).
SERVING = {"": 1, "good": 1, "unknown": 0, "not_serving": 2, "service_unknown": 3, "seven": 7}
SILENCE = 1.2  # seconds until the service "silent" closes; there are clients that would wait for ever, and try again
# Service -> grpc-status instead of an answer.
FAILING = {"denied": 7, "unimplemented": 12, "internal": 13, "unavailable": 14, "unauthenticated": 16}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header field without indexing and without Huffman coding (RFC 7541, section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


OPENING = literal(":status", "200") + literal("content-type", "application/grpc")


def service_of(body):
    """The name in a HealthCheckRequest behind its gRPC prefix: field 1, a string."""
    return body[7:7 + body[6]].decode() if len(body) > 6 else ""


def status_frames(stream, code):
    """An answer that consists of trailers only."""
    fields = OPENING + literal("grpc-status", str(code)) + literal("grpc-message", "as told")
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, fields)


def health_frames(stream, serving):
    message = bytes([8, serving]) if serving else b""
    return (frame(HEADERS, END_HEADERS, stream, OPENING) +
            frame(DATA, 0, stream, b"\0" + struct.pack(">I", len(message)) + message) +
            frame(HEADERS, END_HEADERS | END_STREAM, stream, literal("grpc-status", "0")))


def reply_to(stream, service):
    if service in SERVING:
        return health_frames(stream, SERVING[service])
    if service == "html":
        return frame(HEADERS, END_HEADERS | END_STREAM, stream, literal(":status", "503"))
    return status_frames(stream, FAILING.get(service, 5))


class Session:
    def __init__(self, connection):
        self._connection = connection
        self._pending = b""

    def _exactly(self, count):
        while len(self._pending) < count:
            data = self._connection.recv(65536)
            if not data:
                raise OSError("the peer ended")
            self._pending += data
        out, self._pending = self._pending[:count], self._pending[count:]
        return out

    def run(self):
        if self._exactly(len(PREFACE)) != PREFACE:
            return
        self._connection.sendall(frame(SETTINGS, 0, 0))
        while True:
            head = self._exactly(9)
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            stream, payload = int.from_bytes(head[5:9], "big"), self._exactly(length)
            if kind == SETTINGS and not flags & ACK:
                self._connection.sendall(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self._connection.sendall(frame(PING, ACK, 0, payload))
            elif kind == DATA and flags & END_STREAM:
                self._answer(stream, service_of(payload))

    def _answer(self, stream, service):
        if service == "silent":
            self._connection.settimeout(SILENCE)
            wait_for_end(self._connection)
            return
        if service == "slow":
            time.sleep(0.3)
        self._connection.sendall(reply_to(stream, "good" if service == "slow" else service))


def serve(_, connection):
    connection.settimeout(PATIENCE)
    with contextlib.suppress(OSError):
        Session(connection).run()
