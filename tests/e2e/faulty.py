"""Servers on loopback that fail in one known way, and count how often they did."""

import contextlib
import socket
import ssl
import struct
import subprocess
import threading

SERVES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Faulty:
    """A TCP server on `port`, or a free one, of `host` that hands each connection to `serve(server, socket)` in
    a thread of its own, after a TLS handshake where `tls` is given. `faults` counts what serve() counts."""

    def __init__(self, serve, tls=None, host="127.0.0.1", port=0):
        self.faults = 0
        self._serve = serve
        self._tls = tls
        self._lock = threading.Lock()
        self._open = set()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def fault(self):
        with self._lock:
            self.faults += 1

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # stopped
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection):
        # The client's own end, whether in order or not, is no business of this server.
        with contextlib.suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._serve(self, connection)
        with self._lock:
            self._open.discard(connection)

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)


def reset(connection):
    """Closes with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def requests(connection):
    """Yields once for each HTTP/1.1 request without a body that has arrived whole."""
    pending = b""
    while data := connection.recv(65536):
        pending += data
        while b"\r\n\r\n" in pending:
            _, pending = pending.split(b"\r\n\r\n", 1)
            yield


def answers(text, then=None):
    """A serve() that counts each request, answers `text`, and then does `then` to the connection; without
    it the connection is kept."""

    def serve(server, connection):
        for _ in requests(connection):
            server.fault()
            connection.sendall(text)
            if then:
                then(connection)
                return

    return serve


def close(connection):
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):  # so that what the client still sends does not turn this into a RST
        pass


def silent(server, connection):
    """Reads requests and never answers."""
    for _ in requests(connection):
        server.fault()


def well(_, connection):
    """Answers each request as it should be."""
    for _ in requests(connection):
        connection.sendall(SERVES)


def _take(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the peer closed")
        data += part
    return data


def resets_streams(server, connection):
    """HTTP/2 with prior knowledge: every stream is ended with RST_STREAM, INTERNAL_ERROR."""
    settings, headers, ack = 0x4, 0x1, 0x1
    _take(connection, len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
    connection.sendall(struct.pack(">BHBBI", 0, 0, settings, 0, 0))
    while True:
        high, low, kind, flags, stream = struct.unpack(">BHBBI", _take(connection, 9))
        _take(connection, high << 16 | low)
        if kind == settings and not flags & ack:
            connection.sendall(struct.pack(">BHBBI", 0, 0, settings, ack, 0))
        elif kind == headers:
            server.fault()
            connection.sendall(struct.pack(">BHBBII", 0, 4, 0x3, 0, stream, 2))


class FullBacklog:
    """A listener whose queue is full and that never accepts: the kernel drops every further SYN."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self._listener.getsockname()[1]
        self._fillers = []
        for _ in range(64):
            filler = socket.socket()
            self._fillers.append(filler)
            filler.settimeout(0.3)
            try:
                filler.connect(("127.0.0.1", self.port))
            except TimeoutError:
                return
        raise AssertionError("the backlog cannot be filled here")

    def stop(self):
        for s in (*self._fillers, self._listener):
            s.close()


class Certificates:
    """Certificates for 127.0.0.1 from an authority of its own, made on the spot."""

    def __init__(self, folder):
        self._folder = folder
        self.authority = folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority")

    def _openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self._folder)

    def server(self, name="good", alternative="IP:127.0.0.1", days=2):
        """A server's context with a certificate for `alternative` that lasts for `days` from now on."""
        key, request, certificate = f"{name}.key", f"{name}.csr", f"{name}.pem"
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", key, "-out", request, "-subj", "/CN=test server",
                      "-addext", f"subjectAltName={alternative}")
        self._openssl("x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-copy_extensions", "copy", "-days", days, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / certificate, self._folder / key)
        return context
