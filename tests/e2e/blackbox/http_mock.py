"""An HTTP/1.1 server whose answer is told by the path; see ANSWERS."""

import base64
import contextlib
import dataclasses
import gzip
import json
import socket
import ssl
import time
import urllib.parse
import zlib

from faulty import reset

PATIENCE = 12  # seconds; longer than any probe here


@dataclasses.dataclass
class Request:
    method: str
    target: str  # as on the request line
    version: str
    headers: list  # of (name, value)
    body: bytes

    def header(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def path(self):
        return urllib.parse.urlsplit(self.target).path

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.target).query))


def read_head(connection, pending=b""):
    """The bytes to the empty line, and what came after them; None where the peer ended first."""
    while b"\r\n\r\n" not in pending:
        data = connection.recv(65536)
        if not data:
            return None
        pending += data
    return pending.split(b"\r\n\r\n", 1)


def read_request(connection, pending=b""):
    """One request and the bytes after it; None where the peer ended."""
    parts = read_head(connection, pending)
    if parts is None:
        return None, b""
    first, *lines = parts[0].decode("latin-1").split("\r\n")
    method, target, version = first.split(" ", 2)
    headers = [tuple(p.strip() for p in line.split(":", 1)) for line in lines]
    request, rest = Request(method, target, version, headers, b""), parts[1]
    length = int((request.header("Content-Length") or ["0"])[0])
    chunked = request.header("Transfer-Encoding") == ["chunked"]
    while len(rest) < length or (chunked and not rest.endswith(b"0\r\n\r\n")):
        data = connection.recv(65536)
        if not data:
            break
        rest += data
    if chunked:
        request.body, rest = unchunk(rest), b""
    else:
        request.body, rest = rest[:length], rest[length:]
    return request, rest


def unchunk(data):
    out = b""
    while data:
        size, data = data.split(b"\r\n", 1)
        if int(size, 16) == 0:
            break
        out, data = out + data[:int(size, 16)], data[int(size, 16) + 2:]
    return out


def answer(status, body=b"", *headers, reason="Words", version="HTTP/1.1", length=True):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{version} {status} {reason}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def brotli_stored(data):
    """A brotli stream (RFC 7932) that holds `data` as it is, below 64 KiB."""
    head = 0b0 | (0 << 1) | (0 << 2) | ((len(data) - 1) << 4) | (1 << 20)  # WBITS 16, not last, 4 nibbles, stored
    return head.to_bytes(3, "little") + data + b"\x03"


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def chunks(*parts, trailer=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n" + trailer + b"\r\n"


TEXT = b"a body that tells nothing but its length: " + b"lorem ipsum " * 40
OLD = "Last-Modified: Tue, 15 Nov 1994 08:12:31 GMT"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def encoded(name, body):
    return answer(200, body, f"Content-Encoding: {name}")


FIXED = {
    "/ok": answer(200, "fine\n", "Content-Type: text/plain"),
    "/empty": answer(200, ""),
    "/204": answer(204, length=False),
    "/modified": answer(200, "x", OLD),
    "/modified/850": answer(200, "x", "Last-Modified: Tuesday, 15-Nov-94 08:12:31 GMT"),
    "/modified/asctime": answer(200, "x", "Last-Modified: Tue Nov 15 08:12:31 1994"),
    "/modified/garbage": answer(200, "x", "Last-Modified: yesterday"),
    "/modified/404": answer(404, "x", OLD),
    "/1.0": answer(200, "old\n", version="HTTP/1.0"),
    "/1.0/endless": answer(200, "until the end\n", "Connection: close", version="HTTP/1.0", length=False),
    "/no-length": answer(200, "until the end\n", "Connection: close", length=False),
    "/2.0": answer(200, "?", version="HTTP/2.0"),
    "/chunked": CHUNKED + chunks(b"hello ", b"world"),
    "/chunked/trailer": CHUNKED.replace(b"\r\n\r\n", b"\r\nTrailer: X-End\r\n\r\n") + chunks(b"x", trailer=b"X-End: 1\r\n"),
    "/chunked/extension": CHUNKED + b"5;a=b\r\nhello\r\n0\r\n\r\n",
    "/chunked/bad": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "/chunked/cut": CHUNKED + b"5\r\nhello\r\n",
    "/truncated": answer(200, b"x" * 100)[:-90],
    "/garbage": b"this is no HTTP\r\n\r\n",
    "/status/none": b"HTTP/1.1\r\n\r\n",
    "/status/short": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "/status/text": b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
    "/status/bare": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "/lengths/differ": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "/length/garbage": b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab",
    "/header/bad": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n",
    "/header/folded": b"HTTP/1.1 200 OK\r\nX-Folded: one\r\n two\r\nContent-Length: 0\r\n\r\n",
    "/line-feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "/early": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(200, "late"),
    "/100": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(200, "late"),
    "/gzip": encoded("gzip", gzip.compress(TEXT, mtime=0)),
    "/gzip/unasked": encoded("gzip", gzip.compress(TEXT, mtime=0)),
    "/gzip/bad": encoded("gzip", b"no gzip at all"),
    "/gzip/cut": encoded("gzip", gzip.compress(TEXT, mtime=0)[:-20]),
    "/gzip/two": encoded("gzip", gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0)),
    "/gzip/x": encoded("x-gzip", gzip.compress(TEXT, mtime=0)),
    "/gzip/unlabelled": answer(200, gzip.compress(TEXT, mtime=0)),
    "/deflate": encoded("deflate", raw_deflate(TEXT)),
    "/deflate/zlib": encoded("deflate", zlib.compress(TEXT)),
    "/br": encoded("br", brotli_stored(TEXT)),
    "/br/bad": encoded("br", b"\xff\xff\xff"),
    "/identity": encoded("identity", TEXT),
    "/text": answer(200, TEXT),
    "/big": answer(200, b"y" * (1 << 20)),
    "/utf8": answer(200, "Füße: \U0001f463\n".encode()),
    "/bytes": answer(200, bytes(range(256))),
    "/lines": answer(200, "first line\nsecond line\nthird\n"),
    "/several": answer(200, "", "X-Kind: one", "X-Kind: two", "X-Empty:", "X-Case: Value"),
    "/cookie/set": answer(302, "", "Location: /cookie/check", "Set-Cookie: taste=good; Path=/"),
    "/cookie/secure": answer(302, "", "Location: /cookie/check", "Set-Cookie: taste=good; Path=/; Secure"),
    "/cookie/elsewhere": answer(302, "", "Location: /cookie/check", "Set-Cookie: taste=good; Path=/other"),
    "/redirect/relative": answer(302, "gone", "Location: ../ok?a=b"),
    "/redirect/nowhere": answer(302, "gone"),
    "/redirect/empty": answer(302, "gone", "Location:"),
    "/redirect/bad": answer(302, "gone", "Location: http://[::bad/"),
    "/redirect/ftp": answer(302, "gone", "Location: ftp://127.0.0.1/"),
    "/redirect/self": answer(302, "gone", "Location: /redirect/self"),
    "/redirect/fragment": answer(302, "gone", "Location: /ok#part"),
    "/redirect/300": answer(300, "choose", "Location: /ok"),
    "/redirect/304": answer(304, "", "Location: /ok", length=False),
    "/redirect/closed": answer(302, "", "Location: http://127.0.0.1:1/"),
}


def status(request):
    return answer(request.path.rsplit("/", 1)[1], "a status\n")


def redirect(request):
    """/redirect/to?code=301&to=URL"""
    return answer(request.query.get("code", "302"), "moved\n", "Location: " + request.query["to"])


def countdown(request):
    left = int(request.path.rsplit("/", 1)[1])
    return answer(302, "", f"Location: /countdown/{left - 1}") if left else answer(200, "there\n")


def has_cookie(request):
    return answer(200 if request.header("Cookie") == ["taste=good"] else 403, "cookie\n")


def telling(text):
    """The text, and dots after it whose number depends on it: metrics show a body's length and nothing else of it."""
    return text + b"\n" + b"." * (zlib.crc32(text) % 4999)


def shows_header(request):
    """/header/NAME: the values as the body."""
    values = request.header(request.path.rsplit("/", 1)[1])
    return answer(200, telling("\n".join(values).encode("latin-1")))


def shows_request(request):
    """The request as the body, without the headers by which every client tells its own name."""
    own = {"user-agent", "accept-encoding", "connection", "accept"}
    names = sorted(n.title() for n, _ in request.headers if n.lower() not in own)
    head = f"{request.method} {request.target} {request.version}\n{names}\n"
    return answer(200, telling(head.encode("latin-1") + request.body))


def basic(request):
    wanted = "Basic " + base64.b64encode(b"Aladdin:open sesame").decode()
    return answer(200 if request.header("Authorization") == [wanted] else 401, "auth\n",
                  'WWW-Authenticate: Basic realm="x"')


def bearer(request):
    return answer(200 if request.header("Authorization") == ["Bearer mF_9.B5f-4.1JqM"] else 401, "auth\n")


def token(request):
    """RFC 6749, section 4.4. /token/basic and /token/params take credentials one way only."""
    form = dict(urllib.parse.parse_qsl(request.body.decode("latin-1")))
    by_header = request.header("Authorization") == ["Basic " + base64.b64encode(b"me:hush").decode()]
    by_form = (form.get("client_id"), form.get("client_secret")) == ("me", "hush")
    known = {"/token/basic": by_header, "/token/params": by_form}.get(request.path, by_header or by_form)
    if request.path == "/token/scoped":
        known = known and form.get("scope") == "read write" and form.get("audience") == "all"
    if request.path == "/token/html":
        return answer(200, "<html>", "Content-Type: text/html")
    if request.path == "/token/void":
        return answer(200, "{}", "Content-Type: application/json")
    if not known or form.get("grant_type") != "client_credentials":
        return answer(401, '{"error": "invalid_client"}', "Content-Type: application/json")
    return answer(200, json.dumps({"access_token": "mF_9.B5f-4.1JqM", "token_type": "Bearer", "expires_in": 3600}),
                  "Content-Type: application/json")


COMPUTED = {"/status": status, "/redirect/to": redirect, "/countdown": countdown, "/cookie/check": has_cookie,
            "/header": shows_header, "/request": shows_request, "/basic": basic, "/bearer": bearer, "/token": token}


def wait_for_end(connection):
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


def misbehave(path, connection):
    """What needs more than bytes; false where the path is none of these."""
    if path == "/reset":
        reset(connection)
    elif path == "/reset/body":
        connection.sendall(answer(200, b"x" * 100)[:-50])
        reset(connection)
    elif path == "/silent":
        wait_for_end(connection)
    elif path == "/silent/head":
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Half")
        wait_for_end(connection)
    elif path == "/silent/body":
        connection.sendall(answer(200, b"x" * 100)[:-50])
        wait_for_end(connection)
    elif path == "/slow":
        time.sleep(0.3)
        connection.sendall(FIXED["/ok"])
    elif path == "/slow/body":
        connection.sendall(FIXED["/ok"][:-2])
        time.sleep(0.3)
        connection.sendall(FIXED["/ok"][-2:])
    elif path != "/closed":
        return False
    return True


def answer_to(request):
    path = request.path
    if path in FIXED:
        reply = FIXED[path]
    else:
        longest = max((p for p in COMPUTED if path.startswith(p)), key=len, default=None)
        reply = COMPUTED[longest](request) if longest else answer(404, "no such path\n")
    if request.method == "HEAD":
        reply = reply.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n"
    return reply


def serve(_, connection):
    """Answers requests until one closes, the peer ends, or an answer is one that has no end of its own."""
    connection.settimeout(PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pending = b""
    while True:
        request, pending = read_request(connection, pending)
        if request is None or misbehave(request.path, connection):
            return
        reply = answer_to(request)
        connection.sendall(reply)
        whole = b"Content-Length" in reply.split(b"\r\n\r\n", 1)[0] and request.path not in ("/truncated",)
        if not whole or request.header("Connection") == ["close"]:
            if isinstance(connection, ssl.SSLSocket):
                with contextlib.suppress(OSError):
                    connection.unwrap()
            return
