"""What the exporter says of faults that are made on purpose, beside prometheus-blackbox-exporter 0.23: needs root.

A web server and a name server have one network namespace, the exporters another one; a packet filter
stands between. Before and after each fault that can be taken back the same probe succeeds.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import errno
import fcntl
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import termios
import time
import typing

import lab
from blackbox import certificates, dns_mock
from blackbox.exporter import IN_OWN_NAMES, Exporter, ours, theirs
from blackbox.page import Page
from faulty import SERVES, Faulty, requests, reset
from two_spaces import VICTIM, TwoSpaces, entered

DOCUMENT = lab.SOURCE / "docs/blackbox.md"
BEGIN, END = "<!-- tests/e2e/faults_test.py: begin -->\n", "<!-- tests/e2e/faults_test.py: end -->\n"
PLAIN, SLOW, CUT, TORN = 80, 8080, 8081, 8082
TLS = {"good": 8443, "expired": 8444, "wrong_name": 8445, "unknown": 8446}
LIMIT = 2  # seconds that a probe may take
SOON = 0.8  # seconds; a fault that is seen at once is told within them
MODULES = """modules:
  page: {{prober: http, timeout: {limit}s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}}}}}}}
  patient: {{prober: http, timeout: {patience}s, http: {{preferred_ip_protocol: ip4}}}}
  connect: {{prober: tcp, timeout: {limit}s, tcp: {{preferred_ip_protocol: ip4}}}}
  tls: {{prober: tcp, timeout: {limit}s, tcp: {{preferred_ip_protocol: ip4, tls: true, tls_config: {{ca_file: {ca}}}}}}}
"""
AUTHORISATION = """owner: Example Ltd
contact: ops@example.org
targets: [ 10.77.0.0/24 ]
protocols: [ http1, http2, tcp, udp ]
max_rate: 500/s
max_connections: 100
valid_from: 2020-01-01
valid_until: 2099-01-01
"""
NGINX = """daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  server {{ listen {address}:{port}; location / {{ return 200 "ok\\n"; }} location /503 {{ return 503; }} }}
{secure}}}
"""
SECURE = """  server {{ listen {address}:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key}; return 200 "ok\\n"; }}
"""
PART = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 100


def late(_, connection):
    """Answers each request as it should be, after the limit of a probe."""
    connection.settimeout(4 * LIMIT)
    for _ in requests(connection):
        connection.settimeout(1.3 * LIMIT)
        with contextlib.suppress(TimeoutError):
            if not connection.recv(1):
                return  # the probe has left
        connection.sendall(SERVES)


def cut(_, connection):
    next(requests(connection), None)
    connection.sendall(PART)


def torn(_, connection):
    next(requests(connection), None)
    connection.sendall(PART)
    while struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"    "))[0]:
        time.sleep(0.005)  # what is not yet acknowledged would not arrive
    reset(connection)


def web(path="/", port=PLAIN, scheme="http", host=VICTIM):
    return f"{scheme}://{host}:{port}{path}"


def filtered(verdict, match=f"tcp dport {PLAIN}"):
    """The victim's packet filter does that to those packets."""

    @contextlib.contextmanager
    def act(test):
        rules = f"table ip rampart {{\n chain in {{\n type filter hook input priority 0\n {match} {verdict}\n }}\n}}\n"
        test.nft("-f", "-", input=rules)
        try:
            yield
        finally:
            test.nft("delete", "table", "ip", "rampart")

    return act


def refuses():
    with socket.socket() as client:
        return client.connect_ex((VICTIM, PLAIN)) == errno.ECONNREFUSED


@contextlib.contextmanager
def crashed(test):
    test.signal_nginx(signal.SIGKILL)
    try:
        lab.wait_until(refuses, "the end of nginx")
        yield
    finally:
        test.start_nginx()


@contextlib.contextmanager
def stopped(test):
    test.signal_nginx(signal.SIGSTOP)
    try:
        yield
    finally:
        test.signal_nginx(signal.SIGCONT)


@contextlib.contextmanager
def without_name_server(test):
    test.stop_name_server()
    try:
        yield
    finally:
        test.start_name_server()


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    reason: str
    when: str = "at once"  # it is told
    target: str = web()
    act: typing.Callable = None  # Faults -> context manager; without it the target is faulty by itself
    tcp: tuple = ()  # module of the prober tcp and its target, where that one must give the same reason


AT_ITS_LIMIT, BEFORE_ITS_LIMIT = "at its limit", "before its limit"
BY_NAME = web(host="victim.test")
OVER_TCP = ("connect", f"{VICTIM}:{PLAIN}")
BY_NAME_OVER_TCP = ("connect", f"victim.test:{PLAIN}")


def secure(certificate):
    return {"target": web(port=TLS[certificate], scheme="https"), "tcp": ("tls", f"{VICTIM}:{TLS[certificate]}")}


FAULTS = [
    Fault("process crashed", "connect_refused", act=crashed, tcp=OVER_TCP),
    Fault("process stopped (SIGSTOP)", "timeout_first_byte", AT_ITS_LIMIT, act=stopped),
    Fault("packet filter: reject with RST", "connect_refused", act=filtered("reject with tcp reset"), tcp=OVER_TCP),
    Fault("packet filter: reject with ICMP port-unreachable", "connect_refused", act=filtered("reject"), tcp=OVER_TCP),
    Fault("packet filter: reject with ICMP admin-prohibited", "unreachable",
          act=filtered("reject with icmp type admin-prohibited"), tcp=OVER_TCP),
    Fault("packet filter: drop", "connect_timeout", AT_ITS_LIMIT, act=filtered("drop"), tcp=OVER_TCP),
    Fault("name that does not exist", "dns_nxdomain", target=web(host="none.example.test"),
          tcp=("connect", "none.example.test:80")),
    Fault("name server ended", "dns_failure", target=BY_NAME, act=without_name_server, tcp=BY_NAME_OVER_TCP),
    Fault("packets to the name server dropped", "dns_timeout", BEFORE_ITS_LIMIT, BY_NAME, filtered("drop", "udp dport 53"),
          BY_NAME_OVER_TCP),
    Fault("certificate expired", "tls_expired", **secure("expired")),
    Fault("certificate for another name", "tls_name_mismatch", **secure("wrong_name")),
    Fault("certificate of an unknown authority", "tls_untrusted", **secure("unknown")),
    Fault("status 503", "http_status", target=web("/503")),
    Fault("first byte after the limit", "timeout_first_byte", AT_ITS_LIMIT, web(port=SLOW)),
    Fault("body truncated", "protocol", target=web(port=CUT)),
    Fault("reset within the body", "reset", target=web(port=TORN)),
]


class Shown:
    """A page of a probe that took `elapsed` seconds by our clock, in the words of the table."""

    def __init__(self, text, elapsed):
        self.page = Page(text)
        self.elapsed = elapsed
        self.success = self.page.value("probe_success")
        reasons = self.page.families.get("probe_failure_info")
        self.reason = dict(*reasons.series)["reason"] if reasons else ""

    def when(self):
        seconds = self.page.value("probe_duration_seconds")
        if not seconds <= self.elapsed < seconds + SOON:
            return f"after {self.elapsed:.3f} s, told as {seconds:.3f} s"
        if seconds < 0.95 * LIMIT:
            return "at once" if seconds < SOON else BEFORE_ITS_LIMIT
        return AT_ITS_LIMIT if seconds < LIMIT + SOON else "long after its limit"

    def phases(self):
        series = self.page.families["probe_http_duration_seconds"].series
        order = ("resolve", "connect", "tls", "processing", "transfer")
        reached = {dict(key)["phase"] for key, value in series.items() if float(value) > 0}
        return ", ".join(p for p in order if p in reached) or "none"

    def words(self):
        status = int(self.page.value("probe_http_status_code"))
        end = self.page.value("probe_ssl_earliest_cert_expiry")
        return (f"{'success' if self.success else 'failure'} {self.when()}; phases: {self.phases()}; status {status}"
                + ("" if end is None else "; the certificate's end"))


def table(rows):
    """`rows`: (fault, what theirs shows, what ours shows)."""
    heads = ["fault", "blackbox_exporter 0.23", "rampart", "its `reason`"]
    lines = [(f.name, a.words(), "the same" if a.words() == b.words() else b.words(), f"`{b.reason}`") for f, a, b in rows]
    alike = collections.Counter(a.words() for _, a, _ in rows)
    foot = (f"Of these {len(rows)} faults, blackbox_exporter's pages tell {len(alike)} apart, rampart's "
            f"{len({(b.words(), b.reason) for _, _, b in rows})}, its reasons alone {len({b.reason for _, _, b in rows})}.")
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, ["---"] * 4, *lines)) + f"\n\n{foot}\n"


class Faults(TwoSpaces):
    def setUp(self):
        self.look_for_programs()
        super().setUp()
        self.dir.chmod(0o755)  # nginx's worker reads as another user
        self.certificates()
        self.start_nginx()
        self.names = None
        self.addCleanup(self.stop_name_server)
        self.start_name_server()
        with entered(self.spaces[0]):
            # Else some of the packets that reject would be missing, which looks like a drop.
            pathlib.Path("/proc/sys/net/ipv4/icmp_ratelimit").write_text("0", encoding="ascii")
            for port, serve in ((SLOW, late), (CUT, cut), (TORN, torn)):
                self.addCleanup(Faulty(serve, host=VICTIM, port=port).stop)
        (self.dir / "hosts").write_text("127.0.0.1 localhost\n")
        (self.dir / "resolv.conf").write_text(f"nameserver {VICTIM}\noptions attempts:1 timeout:1\n")
        self.permission = self.dir / "auth.yml"
        self.permission.write_text(AUTHORISATION)
        self.config = self.dir / "blackbox.yml"
        self.config.write_text(MODULES.format(limit=LIMIT, patience=2 * LIMIT, ca=self.dir / "root.crt"))

    def look_for_programs(self):
        missing = [p for p in ("nginx", "nft", "prometheus-blackbox-exporter")
                   if not shutil.which(p, path=os.environ["PATH"] + ":/usr/sbin")]
        if missing:
            self.assertNotEqual(os.environ.get("CI"), "true", missing)
            self.skipTest(f"needs {', '.join(missing)}")

    def certificates(self):
        """Those of nginx, all of one authority but one."""
        a = certificates.Authority(self.dir)
        for name in ("root", "stranger"):
            a.issue(name, f"/O=Laboratory/CN={name}", days=(-3000, 3000), extensions=certificates.CA)
        here, elsewhere = certificates.leaf(f"IP:{VICTIM}"), certificates.leaf("DNS:elsewhere.test")
        for name, issuer, days, extensions in (("good", "root", (-30, 90), here), ("expired", "root", (-30, -1), here),
                                               ("wrong_name", "root", (-30, 90), elsewhere),
                                               ("unknown", "stranger", (-30, 90), here)):
            a.issue(name, f"/O=Laboratory/CN={name}", issuer, days, extensions)
        blocks = "".join(SECURE.format(address=VICTIM, port=port, chain=a.issued[name].certificate, key=a.issued[name].key)
                         for name, port in TLS.items())
        (self.dir / "nginx.conf").write_text(NGINX.format(dir=self.dir, address=VICTIM, port=PLAIN, secure=blocks))

    def start_nginx(self):
        self.nginx = self.inside(0, shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-c",
                                 self.dir / "nginx.conf", stderr=subprocess.DEVNULL)
        self.addCleanup(self.signal_nginx, signal.SIGKILL)
        lab.wait_until(lambda: self.answers(PLAIN), "nginx")

    def signal_nginx(self, number):
        """To the master and its workers, where it has not ended."""
        if self.nginx.poll() is not None:
            return
        master = self.nginx.pid
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            workers = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii")
            for pid in [master, *map(int, workers.split())]:
                os.kill(pid, number)

    def start_name_server(self):
        with entered(self.spaces[0]):
            self.names = dns_mock.NameServer({}, VICTIM, 53)

    def stop_name_server(self):
        names, self.names = self.names, None
        if names:
            names.stop()

    def nft(self, *words, **more):
        program = shutil.which("nft", path=os.environ["PATH"] + ":/usr/sbin")
        self.must("ip", "netns", "exec", self.spaces[0], program, *words, **more)

    def exporter(self, command, *flags):
        out = Exporter(command, self.config, *flags, own_names=True)
        self.addCleanup(out.stop)
        self.assertTrue(out.ready(), out.said())
        return out

    def shown(self, exporter, module, target):
        begin = time.monotonic()
        answer = exporter.ask("/probe", {"module": module, "target": target})
        elapsed = time.monotonic() - begin
        self.assertEqual(answer.status, 200, answer.text())
        return Shown(answer.text(), elapsed)

    def test_every_fault(self):
        with entered(self.spaces[1]):
            sides = [self.exporter(theirs()), self.exporter(ours(), "--authorization", self.permission)]
            for target in (web(port=TLS["good"], scheme="https"), BY_NAME):
                self.all_is_well(sides, "page", target)
            self.all_is_well(sides, "patient", web(port=SLOW))
            rows = [self.of_one(fault, sides) for fault in FAULTS]
        self.compare_with_the_document(table(rows))

    def all_is_well(self, sides, module, target):
        for page in self.at_once(*((self.shown, side, module, target) for side in sides)):
            self.assertEqual(page.success, 1, (module, target))

    def at_once(self, *calls):
        """Results of (function, arguments...), in their order; this thread's namespace is theirs."""
        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return [job.result() for job in [pool.submit(*call) for call in calls]]

    def of_one(self, fault, sides):
        if fault.act:
            self.all_is_well(sides, "page", fault.target)
        calls = [(self.shown, side, "page", fault.target) for side in sides]
        calls.append((self.by_hand, "page", fault.target))
        if fault.tcp:
            calls.append((self.shown, sides[1], *fault.tcp))
        with fault.act(self) if fault.act else contextlib.nullcontext():
            a, b, by_hand, *by_tcp = self.at_once(*calls)
        with self.subTest(fault.name):
            self.assertEqual([page.success for page in (a, b, *by_tcp)], [0] * (2 + len(by_tcp)))
            self.assertEqual({by_hand, *(page.reason for page in (b, *by_tcp))}, {fault.reason})
            self.assertEqual({page.when() for page in (a, b, *by_tcp)}, {fault.when})
        if fault.act:
            self.all_is_well(sides, "page", fault.target)
        return fault, a, b

    def by_hand(self, module, target):
        """The reason that `rampart probe --config` gives."""
        done = self.rampart("probe", "--config", self.config, "--module", module, "--authorization", self.permission, target,
                            prefix=(*IN_OWN_NAMES, self.dir / "hosts", self.dir / "resolv.conf"))
        self.assertEqual(done.returncode, 3, done.stderr)
        return re.match(r"\S+ \S+ failed: (\w+) ", done.stdout)[1]

    def compare_with_the_document(self, wanted):
        text = DOCUMENT.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        now, after = rest.split(END)
        if os.environ.get("RAMPART_UPDATE"):
            DOCUMENT.write_text(before + BEGIN + wanted + END + after, encoding="utf-8")
        else:
            self.assertEqual(now, wanted, "run this test with RAMPART_UPDATE=1")
