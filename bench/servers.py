"""nginx as the benches need it: pinned to SERVER_CPU, on free ports of 127.0.0.1."""

import os
import re
import resource
import shutil
import socket
import subprocess
import time
import urllib.request

SERVER_CPU = 0
# Both sides of a comparison get the same handshake and the same cipher, and no session is resumed.
TLS_VERSION, TLS_CIPHER = "TLSv1.3", "TLS_AES_256_GCM_SHA384"
TLS = f"""
      ssl_protocols {TLS_VERSION};
      ssl_conf_command Ciphersuites {TLS_CIPHER};
      ssl_ecdh_curve X25519;
      ssl_session_cache off;
      ssl_session_tickets off;
"""
PAGE = b"x" * 128
SPARE = 256  # file descriptors beside those of connections


class ServerError(Exception):
    """The server did not start, or ended."""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def make_certificate(folder):
    """A certificate for localhost and 127.0.0.1 with a P-256 key; returns its files."""
    certificate, key = f"{folder}/server.pem", f"{folder}/server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    return certificate, key


def find_nginx():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Nginx:
    """nginx in the foreground; a context manager that stops it.

    http1: URLs of the page over HTTP/1.1, one for each of `doors` ports; h2c, tls: one URL each, tls
    with HTTP/1.1 or HTTP/2 by ALPN. Its `workers` hold `connections` at least; `page_options` are
    directives of the page's location; `access_log` is the log's file and format, else there is none.
    """

    def __init__(self, folder, *, doors=1, connections=4096, page_options="", access_log=None,
                 workers=1):
        self.folder = f"{folder}/nginx"
        os.makedirs(f"{self.folder}/www")
        with open(f"{self.folder}/www/page", "wb") as page:
            page.write(PAGE)
        os.chmod(folder, 0o755)  # the worker serves as another user
        self.certificate, self.key = make_certificate(self.folder)
        *plain, h2c, tls, status = free_ports(doors + 3)
        self.http1 = [f"http://127.0.0.1:{port}/page" for port in plain]
        self.h2c = f"http://127.0.0.1:{h2c}/page"
        self.tls = f"https://127.0.0.1:{tls}/page"
        self._status = f"http://127.0.0.1:{status}/status"
        self._ports = [*plain, h2c, tls, status]
        self._process = None
        with open(f"{self.folder}/nginx.conf", "w", encoding="utf-8") as out:
            out.write(self._configuration(plain, h2c, tls, status, connections, page_options, access_log,
                                          workers))

    def _configuration(self, plain, h2c, tls, status, connections, page_options, access_log, workers):
        log = "access_log off;"
        if access_log:
            path, form = access_log
            log = f"log_format bench '{form}'; access_log {path} bench;"
        page = f"root {self.folder}/www; location /page {{ {page_options} }}"
        # Once a sixteenth is left, nginx closes idle connections.
        slots = connections * 5 // 4
        files = min(connections + SPARE, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        reuse = " reuseport" if workers > 1 else ""  # else the first worker takes most of them
        doors = " ".join(f"listen 127.0.0.1:{port} backlog=65535{reuse};" for port in plain)
        return f"""
daemon off;
worker_processes {workers};
worker_rlimit_nofile {files};
pid {self.folder}/pid;
error_log {self.folder}/error.log;
events {{ worker_connections {slots}; multi_accept on; }}
http {{
  {log}
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  keepalive_time 24h;
  server {{ {doors} {page} }}
  server {{ listen 127.0.0.1:{h2c} http2; {page} }}
  server {{ listen 127.0.0.1:{tls} ssl http2; ssl_certificate {self.certificate};
      ssl_certificate_key {self.key}; {TLS} {page} }}
  server {{ listen 127.0.0.1:{status}; access_log off; location /status {{ stub_status; }} }}
}}
"""

    def __enter__(self):
        self._process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CPU), find_nginx(), "-e", f"{self.folder}/error.log",
             "-c", f"{self.folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not all(self._answers(port) for port in self._ports):
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise ServerError(f"nginx did not start: {self.errors()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *unused):
        self.stop()

    @staticmethod
    def _answers(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def errors(self):
        """The end of its error log."""
        try:
            with open(f"{self.folder}/error.log", encoding="utf-8") as log:
                return log.read()[-1000:].strip()
        except OSError:
            return "it left no log"

    def open_connections(self):
        """Connections that its workers hold now, without the one that asks."""
        return self._counted(rb"Active connections: (\d+)") - 1

    def requests(self):
        """That it has answered so far, this one included."""
        return self._counted(rb"requests\s+\d+ \d+ (\d+)")

    def _counted(self, pattern):
        with urllib.request.urlopen(self._status, timeout=10) as answer:
            return int(re.search(pattern, answer.read()).group(1))
