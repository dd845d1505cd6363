"""Every mock server at once, on free ports of loopback, and the names by which cases speak of them."""

import contextlib
import os
import shutil
import socket
import ssl
import string
import subprocess
import warnings

import lab
from faulty import Faulty

from . import certificates, dns_mock, grpc_mock, http_mock, proxy_mock, tcp_mock

NGINX = """daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/plain; client_body_temp_path {dir}; proxy_temp_path {dir};
  fastcgi_temp_path {dir}; uwsgi_temp_path {dir}; scgi_temp_path {dir};
  gzip on; gzip_min_length 1; gzip_types text/plain;
  server {{
    listen 127.0.0.1:{port} ssl http2; ssl_certificate {chain}; ssl_certificate_key {key};
    location /ok {{ return 200 "over $server_protocol\\n"; }}
    location /status/ {{ return 503 "no\\n"; }}
    location /redirect {{ return 302 /ok; }}
    location /to-http1 {{ return 302 {http}/ok; }}
    location /header {{ add_header X-Kind one; add_header X-Kind two; return 200 "x"; }}
    location /host {{ return 200 "$host|$ssl_server_name"; }}
    location /small.txt {{ root {dir}; }}
  }}
}}
"""
HOSTS = "127.0.0.1 localhost v4.test both.test good.test a.good.test\n::1 v6.test both.test\n"


def tls_context(chain, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


def only(context, version):
    """The context, for one version of TLS alone."""
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is why it is asked for
        context.minimum_version = context.maximum_version = version
    return context


class Laboratory:
    """A context manager; `names` are for string.Template."""

    def __init__(self, folder):
        self.folder = folder
        self.names = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._stack = stack
            self._fill()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def fill(self, text):
        """`text` with its $names replaced; KeyError where this machine has not what it names."""
        return string.Template(text).substitute(self.names)

    def _fill(self):
        self.folder.chmod(0o755)  # nginx's worker reads as another user
        authority, self._chains = certificates.make(self.folder)
        self._contexts = {name: tls_context(*files) for name, files in self._chains.items()}
        self._files(authority)
        self._http()
        self._https(authority)
        self._proxies()
        for script in tcp_mock.SCRIPTS:
            self._serve(f"tcp_{script}", tcp_mock.serve(script, self._contexts))
        self._dns()
        self._serve("grpc", grpc_mock.serve)
        for name in ("good", "expired"):
            context = tls_context(*self._chains[name])
            context.set_alpn_protocols(["h2"])
            self._serve(f"grpc_{name}", grpc_mock.serve, context)
        # Bound and not listening: whoever connects is refused, and nobody else gets the port.
        refusing = self._stack.enter_context(socket.socket())
        refusing.bind(("127.0.0.1", 0))
        self.names["refusing"] = f"127.0.0.1:{refusing.getsockname()[1]}"

    def _files(self, authority):
        written = {"password": "open sesame", "token": "mF_9.B5f-4.1JqM\n", "secret": "hush", "body": "from a file",
                   "small.txt": "small " * 20, "hosts": HOSTS, "resolv.conf": "nameserver 127.0.0.1\noptions attempts:1\n"}
        for name, text in written.items():
            (self.folder / name).write_text(text)
        self.names |= {"dir": str(self.folder), "ca": authority.issued["root"].certificate,
                       "client_certificate": authority.issued["client"].certificate,
                       "client_key": authority.issued["client"].key,
                       "stranger": authority.issued["stranger"].certificate,
                       "selfsigned": authority.issued["selfsigned"].certificate}

    def _serve(self, name, serve, context=None, host="127.0.0.1"):
        server = Faulty(serve, tls=context, host=host)
        self._stack.callback(server.stop)
        self.names[name] = f"[{host}]:{server.port}" if ":" in host else f"{host}:{server.port}"
        self.names[f"{name}_port"] = str(server.port)
        return server.port

    def _http(self):
        port = self._serve("plain", http_mock.serve)
        self.names["http"] = f"http://127.0.0.1:{port}"
        with contextlib.suppress(OSError):
            port = self._serve("plain6", http_mock.serve, host="::1")
            self.names["http6"] = f"http://[::1]:{port}"

    def _https(self, authority):
        contexts = dict(self._contexts)
        for name, version in (("tls10", ssl.TLSVersion.TLSv1), ("tls11", ssl.TLSVersion.TLSv1_1),
                              ("tls12", ssl.TLSVersion.TLSv1_2), ("tls13", ssl.TLSVersion.TLSv1_3)):
            contexts[name] = only(tls_context(*self._chains["good"]), version)
        contexts["mutual"] = tls_context(*self._chains["good"])
        contexts["mutual"].verify_mode = ssl.CERT_REQUIRED
        contexts["mutual"].load_verify_locations(authority.issued["root"].certificate)
        for name, context in contexts.items():
            port = self._serve(f"tls_{name}", http_mock.serve, context)
            self.names[f"https_{name}"] = f"https://127.0.0.1:{port}"
        self._nginx()

    def _nginx(self):
        port = lab.free_port()
        chain, key = self._chains["good"]
        (self.folder / "nginx.conf").write_text(NGINX.format(dir=self.folder, port=port, chain=chain, key=key,
                                                             http=self.names["http"]))
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            return
        process = subprocess.Popen([program, "-c", self.folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        lab.wait_until(lambda: lab.connects(port), "nginx")
        self.names["h2"] = f"https://127.0.0.1:{port}"
        self.names["h2_port"] = str(port)

    def _proxies(self):
        for name, options in (("proxy", {}), ("proxy_wants", {"wanted": proxy_mock.PASSWORD}),
                              ("proxy_403", {"refuse": 403}), ("proxy_502", {"refuse": 502})):
            self._serve(name, proxy_mock.serve(**options))
        self._serve("proxy_tls", proxy_mock.serve(), tls_context(*self._chains["good"]))

    def _dns(self):
        tls = {name: tls_context(*self._chains[name]) for name in ("good", "expired", "wrong_name")}
        server = dns_mock.NameServer(tls)
        self._stack.callback(server.stop)
        self.names |= {"dns": f"127.0.0.1:{server.port}", "dns_port": str(server.port)}
        self.names |= {f"dot_{name}": f"127.0.0.1:{port}" for name, port in server.tls_ports.items()}
        with contextlib.suppress(OSError):
            other = dns_mock.NameServer({}, "::1")
            self._stack.callback(other.stop)
            self.names["dns6"] = f"[::1]:{other.port}"
