"""HTTP proxies: one that passes on and tunnels, one that wants a password, one that refuses."""

import base64
import contextlib
import selectors
import socket
import urllib.parse

from .http_mock import PATIENCE, answer, read_request, telling

PASSWORD = "Basic " + base64.b64encode(b"user:secret").decode()


def pump(one, other):
    """Carries bytes both ways until either side ends."""
    ends = {one: other, other: one}
    with selectors.DefaultSelector() as selector:
        for end in ends:
            selector.register(end, selectors.EVENT_READ)
        while True:
            ready = selector.select(PATIENCE)
            if not ready:
                return
            for key, _ in ready:
                data = key.fileobj.recv(65536)
                if not data:
                    return
                ends[key.fileobj].sendall(data)


def tunnel(connection, request):
    host, port = request.target.rsplit(":", 1)
    try:
        far = socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
    except OSError:
        connection.sendall(answer(502, "cannot reach it\n"))
        return
    with far:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        pump(connection, far)


def pass_on(connection, request):
    """The proxy's own word on what it was asked for stands for the far server's answer where that is /via."""
    url = urllib.parse.urlsplit(request.target)
    if url.path == "/via":
        names = sorted(n.title() for n, _ in request.headers if n.title().startswith("X-"))
        connection.sendall(answer(200, telling(f"{request.target}\n{request.header('Host')}\n{names}".encode("latin-1"))))
        return
    with socket.create_connection((url.hostname, url.port or 80), PATIENCE) as far:
        lines = [f"{request.method} {url.path or '/'} HTTP/1.1"]
        lines += [f"{n}: {v}" for n, v in request.headers if n.lower() not in ("connection", "proxy-connection")]
        far.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + request.body)
        while data := far.recv(65536):
            connection.sendall(data)


def serve(wanted=None, refuse=None):
    """A serve() for faulty.Faulty: `wanted` is the Proxy-Authorization to ask for, `refuse` a status for everybody."""

    def handle(_, connection):
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            request, _ = read_request(connection)
            if request is None:
                return
            if refuse:
                connection.sendall(answer(refuse, "refused by the proxy\n"))
            elif wanted and request.header("Proxy-Authorization") != [wanted]:
                connection.sendall(answer(407, "who are you?\n", 'Proxy-Authenticate: Basic realm="proxy"'))
            elif request.method == "CONNECT":
                tunnel(connection, request)
            else:
                pass_on(connection, request)

    return handle
