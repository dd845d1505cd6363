"""A small web server for the network namespaces of the tests: victim.py ADDRESS [WORKERS [PORTS]]

On 8080: /login is refused, /big is 8 MiB, /backup 256 MiB, /tree/N are pages that link to others, anything
else is short.
With WORKERS so many requests are served at a time, each client for as long as it is connected; 0: any
number. With PORTS so many services more, from 8100 on, one of which is restarted each tenth of a second.
"""

import concurrent.futures
import http.server
import socket
import socketserver
import sys
import threading
import time

ADDRESS, WORKERS, PORTS = sys.argv[1], *(int(word) for word in (*sys.argv[2:], "0", "0")[:2])
PAGES = 3000
MEGABYTE = b"x" * (1 << 20)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one segment

    def body(self):
        if self.path in ("/big", "/backup"):
            return MEGABYTE * (8 if self.path == "/big" else 256)
        if self.path.startswith("/tree/"):
            n = int(self.path.removeprefix("/tree/"))
            links = (f'<a href="/tree/{i}">{i}</a>' for i in range(8 * n + 1, min(8 * n + 9, PAGES)))
            return f"<html>{' '.join(links)}</html>".encode()
        return b"ok"

    def do_GET(self):
        body = self.body()
        self.send_response(401 if self.path == "/login" else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        """Without asking for the host's name, which takes its time where nobody answers."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address

    def handle_error(self, *_):
        pass


class Bounded(Server):
    """A server with a pool, as many have."""

    pool = concurrent.futures.ThreadPoolExecutor(WORKERS or 1)

    def process_request(self, request, client_address):
        self.pool.submit(self.process_request_thread, request, client_address)


def listen(port):
    out = socket.create_server((ADDRESS, port), backlog=64)
    out.setblocking(False)
    return out


def restart_in_turn():
    """Services that greet and close; each is away for a tenth of a second."""
    services = [listen(8100 + i) for i in range(PORTS)]
    begin = time.monotonic() + 2
    while True:
        turn = int((time.monotonic() - begin) * 10)
        for i, service in enumerate(services):
            away = turn >= 0 and turn % (2 * PORTS) == 2 * i
            if away and service is not None:
                service.close()
                services[i] = None
            elif not away and service is None:
                services[i] = listen(8100 + i)
            elif service is not None:
                try:
                    with service.accept()[0] as client:
                        client.sendall(b"hello\n")
                except OSError:
                    pass
        time.sleep(0.001)


if PORTS:
    threading.Thread(target=restart_in_turn, daemon=True).start()
(Bounded if WORKERS else Server)((ADDRESS, 8080), Web).serve_forever()
