"""`rampart exporter` and `rampart probe --config`: modules of a blackbox.yml against servers on loopback."""

import concurrent.futures
import contextlib
import ctypes
import http.client
import os
import pathlib
import re
import shlex
import signal
import socket
import ssl
import subprocess
import threading
import urllib.parse

import lab
from faulty import SERVES, Faulty
from two_spaces import CLONE_NEWNET, set_network

MODULES = """modules:
  banner: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4, query_response: [{expect: "^SSH-2.0-(.*)"}]}}
  connect: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}
  silent: {prober: tcp, timeout: 300ms, tcp: {preferred_ip_protocol: ip4, query_response: [{expect: never}]}}
  page: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  name: {prober: dns, timeout: 2s, dns: {preferred_ip_protocol: ip4, query_name: example.test}}
  ping: {prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4}}
"""
AUTHORISATION = """owner: Example Ltd
contact: ops@example.org
targets: [ 192.0.2.0/28 ]
protocols: [ {} ]
max_rate: 500/s
max_connections: 100
valid_from: 2020-01-01
valid_until: 2099-01-01
"""
OUTSIDE = "198.51.100.1:22"  # no packet leaves: it is not permitted


def banner(_, connection):
    connection.sendall(b"SSH-2.0-test\r\n")
    connection.recv(1)


class Case(lab.Case):
    def setUp(self):
        super().setUp()
        self.config = self.dir / "blackbox.yml"
        self.config.write_text(MODULES)
        server = Faulty(banner)
        self.addCleanup(server.stop)
        self.banner = f"127.0.0.1:{server.port}"
        mute = Faulty(lambda _, connection: connection.recv(1))
        self.addCleanup(mute.stop)
        self.mute = f"127.0.0.1:{mute.port}"


class Serving(Case):
    """An exporter, and how it is asked."""

    def serve(self, *flags):
        """Starts it on a free port."""
        self.process = self.start("exporter", "--config.file", self.config, "--web.listen-address", "127.0.0.1:0", *flags)
        line = self.process.stdout.readline()
        self.port = int(re.fullmatch(r"rampart exporter: https?://127\.0\.0\.1:(\d+)/\n", line)[1])

    def ask(self, path, method="GET", headers=None, **query):
        """Status and body."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.DEADLINE)
        self.addCleanup(connection.close)
        connection.request(method, path, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.read().decode()

    def probe(self, **query):
        status, page = self.ask("/probe", **query)
        self.assertEqual(status, 200, page)
        return page


class Exporter(Serving):
    def test_probes(self):
        self.serve()
        good = self.probe(module="banner", target=self.banner)
        self.assertIn("\nprobe_success 1\n", good)
        self.assertIn("\nprobe_ip_protocol 4\n", good)
        self.assertNotIn("probe_failure_info", good)
        bad = self.probe(module="silent", target=self.mute)
        self.assertIn("\nprobe_success 0\n", bad)
        self.assertIn('\nprobe_failure_info{reason="timeout_', bad)
        self.assertIn("Module configuration:\n", self.probe(module="banner", target=self.banner, debug="true"))
        outside = self.probe(module="connect", target=OUTSIDE)
        self.assertIn('\nprobe_failure_info{reason="not_permitted"} 1\n', outside)
        status, start = self.ask("/")
        self.assertEqual(status, 200)
        self.assertIn(OUTSIDE, start)
        self.assertIn(self.banner, start)
        status, steps = self.ask("/logs", id=1)
        self.assertEqual(status, 200)
        self.assertIn("probe of", steps)
        self.assertEqual(self.ask("/probe", module="nothing", target="x"), (400, 'Unknown module "nothing"\n'))
        _, own = self.ask("/metrics")
        self.assertIn("\nblackbox_module_unknown_total 1\n", own)
        self.assertIn('\nrampart_exporter_probes_total{reason="none"} 2\n', own)

    def test_reloads_and_ends(self):
        self.serve()
        self.assertEqual(self.ask("/probe", module="more", target=self.banner)[0], 400)
        self.config.write_text(MODULES + "  more: {prober: tcp, timeout: 5s}\n")
        self.process.send_signal(signal.SIGHUP)
        lab.wait_until(lambda: self.ask("/probe", module="more", target=self.banner)[0] == 200, "the new module")
        self.config.write_text("modules: {x: {prober: nonsense}}\n")
        status, words = self.ask("/-/reload", "POST")
        self.assertEqual(status, 500)
        self.assertRegex(words, r"^failed to reload config: .*blackbox\.yml:1:\d+: ")
        self.assertIn("last reload failed", self.ask("/")[1])
        self.assertIn("\nprobe_success 1\n", self.probe(module="more", target=self.banner))
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(lab.DEADLINE), 0)

    def test_the_authorisation_is_read_again(self):
        permission = self.dir / "auth.yml"
        permission.write_text(AUTHORISATION.format("tcp"))
        self.serve("--authorization", permission)
        self.assertIn('reason="not_permitted"', self.probe(module="connect", target=OUTSIDE))
        self.assertIn("probe_success 1", self.probe(module="connect", target=self.banner))
        permission.write_text(AUTHORISATION.format("udp"))
        self.process.send_signal(signal.SIGHUP)
        lab.wait_until(lambda: "not_permitted" in self.probe(module="connect", target=self.banner), "the new authorisation")
        permission.unlink()  # loopback is left, by no other protocols than before
        self.assertEqual(self.ask("/-/reload", "POST")[0], 200)
        self.assertIn('reason="not_permitted"', self.probe(module="connect", target=self.banner))
        permission.write_text(AUTHORISATION.format("tcp"))
        self.assertEqual(self.ask("/-/reload", "POST")[0], 200)
        self.assertIn("probe_success 1", self.probe(module="connect", target=self.banner))
        permission.write_text("owner: nobody\n")
        self.assertEqual(self.ask("/-/reload", "POST")[0], 200)
        self.assertIn("probe_success 1", self.probe(module="connect", target=self.banner))

    def test_a_reload_by_post_reads_the_authorisation_too(self):
        permission = self.dir / "auth.yml"
        permission.write_text(AUTHORISATION.format("tcp"))
        self.serve("--authorization", permission)
        permission.write_text(AUTHORISATION.format("udp"))
        self.assertEqual(self.ask("/-/reload", "POST")[0], 200)
        self.assertIn('reason="not_permitted"', self.probe(module="connect", target=self.banner))

    def test_few_descriptors(self):
        """Silent clients take all connections that it has, and it answers."""
        few = 128
        command = " ".join(shlex.quote(str(word)) for word in self.command(
            "exporter", "--config.file", self.config, "--web.listen-address", "127.0.0.1:0"))
        self.process = subprocess.Popen(["sh", "-c", f"ulimit -n {few}; exec {command}"], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.end, self.process)
        self.port = int(re.search(r":(\d+)/$", self.process.stdout.readline())[1])
        silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(3 * few)]
        for one in silent:
            self.addCleanup(one.close)
        self.assertIn("\nprobe_success 1\n", self.probe(module="banner", target=self.banner))
        _, own = self.ask("/metrics")
        self.assertLess(float(re.search(r"^process_open_fds (\S+)$", own, re.M)[1]), few)

    def test_several_addresses_under_a_prefix(self):
        second = lab.free_port()
        self.serve("--web.listen-address", f"127.0.0.1:{second}", "--web.external-url", "http://h.test/x/")
        for port in (self.port, second):
            self.port = port
            self.assertEqual(self.ask("/x/-/healthy"), (200, "Healthy"))
        self.assertEqual(self.ask("/-/healthy")[0], 404)

    def test_a_prefix_is_decoded_as_paths_are(self):
        self.serve("--web.external-url", "http://h.test/a%62c/")
        for path in ("/abc/-/healthy", "/a%62c/-/healthy"):
            self.assertEqual(self.ask(path), (200, "Healthy"))

    def test_without_capabilities(self):
        self.serve()
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        kept = {name: int(bits, 16) for name, bits in re.findall(r"^Cap(\w+):\s(\w+)$", status, re.M)}
        probing = 1 << 13 | 1 << 2  # CAP_NET_RAW, CAP_DAC_READ_SEARCH
        self.assertEqual(kept["Eff"] & ~probing, 0)
        self.assertEqual(kept["Bnd"] & ~probing if os.geteuid() == 0 else 0, 0)

    def test_refusals(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            used = f"127.0.0.1:{taken.getsockname()[1]}"
            for words, wanted in [
                (("--config.file", "missing.yml"), "missing.yml"),
                (("--config.file", self.config, "--web.listen-address", "9115"), "--web.listen-address 9115"),
                (("--config.file", self.config, "--web.listen-address", used), used),
                (("--config.file", self.config, "--web.external-url", "h.test"), "--web.external-url h.test"),
                (("--config.file", self.config, "--web.external-url", "http://h.test/%zz"), "http://h.test/%zz: a URL"),
                (("--config.file", self.config, "--web.route-prefix", "/a\r\nx: y"), "--web.route-prefix"),
                (("--config.file", self.config, "--web.route-prefix", "/a?b"), "--web.route-prefix /a?b"),
                (("--config.file", self.config, "--log.prober", "loud"), "--log.prober loud"),
                (("--config.file", self.config, "--log.level", "loud"), "--log.level"),
                (("--config.file", self.config, "--authorization", "none.yml"), "none.yml"),
                (("--config.file", self.config, "--timeout-offset", "nan"), "--timeout-offset"),
                (("--config.file", self.config, "--timeout-offset", "-1"), "--timeout-offset: seconds, 0 to 600"),
                (("--config.file", self.config, "--history.limit", "-1"), "--history.limit: 0 to 100000"),
                (("--config.file", self.config, "--history.limit", "99999999999999999999"), "--history.limit"),
                (("--web.listen-adress", ":1"), "unknown option '--web.listen-adress': did you mean '--web.listen-address'?"),
                (("surplus",), "unexpected argument 'surplus'; there is rampart exporter --help"),
            ]:
                with self.subTest(words):
                    done = self.rampart("exporter", *words)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertIn(wanted, done.stderr)

    def test_config_check(self):
        done = self.rampart("exporter", "--config.file", self.config, "--config.check")
        self.assertEqual((done.returncode, done.stdout), (0, "the configuration is in order: 6 modules\n"), done.stderr)
        self.config.write_text("modules:\n  a: {prober: tcp, tcp: {tsl: true}}\n")
        done = self.rampart("exporter", "--config.file", self.config, "--config.check")
        self.assertEqual(done.returncode, 2)
        self.assertIn("blackbox.yml:2:26: unknown key 'tsl' in tcp: did you mean 'tls'?", done.stderr)


class Beyond(Serving):
    """An address beyond loopback, in a network namespace that the test makes: needs root."""

    ADDRESS = "192.0.2.1"

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.enter_a_namespace()
        super().setUp()
        self.permission = self.dir / "auth.yml"
        self.permission.write_text(AUTHORISATION.format("tcp"))

    def enter_a_namespace(self):
        """This thread and what it starts have a network of their own, which ends with the last of them."""
        libc = ctypes.CDLL(None, use_errno=True)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.addCleanup(os.close, home)
        self.addCleanup(set_network, home)
        self.assertEqual(libc.unshare(CLONE_NEWNET), 0, os.strerror(ctypes.get_errno()))
        for words in (("link", "set", "lo", "up"), ("address", "add", f"{self.ADDRESS}/32", "dev", "lo")):
            subprocess.run(("ip", *words), check=True)

    def server(self, serve):
        out = Faulty(serve, host=self.ADDRESS)
        self.addCleanup(out.stop)
        return f"{self.ADDRESS}:{out.port}"

    def test_what_is_permitted_and_no_longer(self):
        target = self.server(banner)
        self.serve("--authorization", self.permission)
        self.assertIn("probe_success 1", self.probe(module="banner", target=target))
        self.permission.unlink()
        self.assertEqual(self.ask("/-/reload", "POST")[0], 200)
        self.assertIn('reason="not_permitted"', self.probe(module="banner", target=target))
        self.assertIn("probe_success 1", self.probe(module="banner", target=self.banner))

    def test_a_probe_that_runs_ends_with_its_permission(self):
        reached = threading.Event()
        ended = threading.Event()

        def mute(_, connection):
            reached.set()
            connection.recv(1)  # until the probe is over
            ended.set()

        target = self.server(mute)
        self.config.write_text(MODULES.replace("300ms", "100s"))
        self.serve("--authorization", self.permission)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            page = pool.submit(self.probe, module="silent", target=target)
            self.assertTrue(reached.wait(lab.DEADLINE))
            self.permission.unlink()
            self.assertEqual(self.ask("/-/reload", "POST")[0], 200)
            self.assertIn('reason="not_permitted"', page.result(lab.DEADLINE))
        self.assertTrue(ended.wait(lab.DEADLINE))

    def test_a_client_that_leaves_ends_its_probe(self):
        reached = threading.Event()
        ended = threading.Event()

        def mute(_, connection):
            reached.set()
            connection.recv(1)
            ended.set()

        target = self.server(mute)
        self.config.write_text(MODULES.replace("300ms", "100s"))
        self.serve("--authorization", self.permission)
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(f"GET /probe?module=silent&target={target} HTTP/1.1\r\n\r\n".encode())
            self.assertTrue(reached.wait(lab.DEADLINE))
        self.assertTrue(ended.wait(lab.DEADLINE))
        self.assertIn("\nrampart_exporter_probes_abandoned_total 1\n", self.ask("/metrics")[1])

    def test_a_redirect_does_not_lead_back_to_loopback(self):
        asked = threading.Event()

        def inner(_, connection):
            asked.set()
            connection.sendall(SERVES)

        private = Faulty(inner)
        self.addCleanup(private.stop)
        leads = (f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{private.port}/\r\n"
                 "Content-Length: 0\r\nConnection: close\r\n\r\n").encode()

        def lead(_, connection):
            connection.recv(4096)
            connection.sendall(leads)

        self.serve("--authorization", self.permission)
        page = self.probe(module="page", target=self.server(lead))
        self.assertIn('reason="not_permitted"', page)
        self.assertFalse(asked.is_set())
        here = Faulty(lead)
        self.addCleanup(here.stop)
        self.assertIn("probe_success 1", self.probe(module="page", target=f"127.0.0.1:{here.port}"))

    def test_a_proxy_is_not_asked_for_its_own_loopback(self):
        asked = []

        def proxy(_, connection):
            asked.append(connection.recv(4096).split(b"\r\n")[0])
            connection.sendall(SERVES)

        by = self.server(proxy)
        self.config.write_text(MODULES + "  proxied: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, "
                               f"proxy_url: \"http://{by}\"}}}}\n")
        self.serve("--authorization", self.permission)
        for target in ("http://127.0.0.1:6379/", "https://127.0.0.1/", "http://localhost/"):
            self.assertIn('reason="not_permitted"', self.probe(module="proxied", target=target), target)
        self.assertEqual(asked, [])
        self.assertIn("probe_success 1", self.probe(module="proxied", target=f"http://{self.ADDRESS}:81/"))
        self.assertEqual(asked, [f"GET http://{self.ADDRESS}:81/ HTTP/1.1".encode()])

    def test_without_a_network(self):
        self.permission.write_text(AUTHORISATION.format("tcp").replace("192.0.2.0/28", "shop.example.org"))
        process = self.start("exporter", "--config.file", self.config, "--web.listen-address", "127.0.0.1:0",
                             "--authorization", self.permission)
        self.assertRegex(process.stdout.readline(), r"^warning: .*auth\.yml lists no network")


class Web(Serving):
    """What --web.config.file asks of clients."""

    PASSWORD = "hunter2"
    HASH = "$2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS"  # of that, by htpasswd
    RIGHT = {"Authorization": "Basic bWU6aHVudGVyMg=="}
    WRONG = {"Authorization": "Basic bWU6aHVudGVyMw=="}

    def setUp(self):
        super().setUp()
        self.web = self.dir / "web.yml"

    def certificate(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.dir / f"{name}.key",
                        "-out", self.dir / f"{name}.pem"], check=True, capture_output=True)

    def test_passwords(self):
        self.web.write_text(f"basic_auth_users: {{me: {self.HASH}}}\n"
                            "http_server_config: {headers: {X-Frame-Options: deny}}\n")
        self.serve("--web.config.file", self.web)
        for headers, wanted in (({}, 401), (self.WRONG, 401), (self.RIGHT, 200), (self.RIGHT, 200), ({}, 401)):
            self.assertEqual(self.ask("/-/healthy", headers=headers)[0], wanted, headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.DEADLINE)
        self.addCleanup(connection.close)
        connection.request("GET", "/metrics")
        reply = connection.getresponse()
        self.assertEqual((reply.headers["WWW-Authenticate"], reply.headers["X-Frame-Options"], reply.read()),
                         ("Basic", "deny", b"Unauthorized\n"))
        self.assertIn("\nprobe_success 1\n", self.ask("/probe", headers=self.RIGHT, module="banner", target=self.banner)[1])
        self.web.write_text("basic_auth_users: {me: nonsense}\n")
        self.assertEqual(self.ask("/-/healthy", headers=self.RIGHT), (500, "Internal Server Error\n"))
        self.web.write_text("{}\n")
        self.assertEqual(self.ask("/-/healthy"), (200, "Healthy"))

    def secure(self, trusted, client=None):
        """Status of /-/healthy over TLS."""
        context = ssl.create_default_context(cafile=self.dir / f"{trusted}.pem")
        if client:
            context.load_cert_chain(self.dir / f"{client}.pem", self.dir / f"{client}.key")
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=lab.DEADLINE, context=context)
        with contextlib.closing(connection):
            connection.request("GET", "/-/healthy")
            return connection.getresponse().status

    def test_tls_and_its_clients(self):
        for name in ("server", "friend", "stranger"):
            self.certificate(name)
        self.web.write_text("tls_server_config: {cert_file: server.pem, key_file: server.key, client_ca_file: friend.pem,\n"
                            "                    client_auth_type: RequireAndVerifyClientCert}\n")
        self.serve("--web.config.file", self.web)
        self.assertEqual(self.secure("server", "friend"), 200)
        refused = self.rampart("probe", f"https://127.0.0.1:{self.port}/")
        self.assertEqual(refused.returncode, 3)
        self.assertRegex(refused.stdout, r"failed: tls_untrusted \(.*; name whom to trust by --ca, or accept any certificate by -k\) after")
        for client in (None, "stranger"):
            with self.subTest(client), self.assertRaises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
                self.secure("server", client)
        self.assertEqual(self.secure("server", "friend"), 200)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.ask("/-/healthy")  # in clear text
        # A certificate that was replaced is shown by the next connection.
        self.certificate("server")
        self.assertEqual(self.secure("server", "friend"), 200)

    def test_refused_at_the_start(self):
        for text, wanted in (("nonsense: 1\n", "web.yml:1:1: unknown key 'nonsense'"),
                             ("tls_server_config: {cert_file: none.pem, key_file: none.key}\n", "none.pem"),
                             ("basic_auth_users: {me: x}\n", "not a hash of bcrypt")):
            with self.subTest(text):
                self.web.write_text(text)
                done = self.rampart("exporter", "--config.file", self.config, "--web.listen-address", "127.0.0.1:0",
                                    "--web.config.file", self.web)
                self.assertEqual(done.returncode, 2)
                self.assertIn(wanted, done.stderr)


class ModuleProbe(Case):
    def probe(self, *words):
        return self.rampart("probe", "--config", self.config, *words)

    def test_says_what_happened(self):
        good = self.probe("--module", "banner", self.banner)
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertRegex(good.stdout, rf"^banner {re.escape(self.banner)} ok: [^,]+, resolve [^,]+, connect [^,]+, exchange [^,]+\n$")
        bad = self.probe("--module", "silent", self.mute)
        self.assertEqual(bad.returncode, 3)
        self.assertRegex(bad.stdout, r"^silent \S+ failed: timeout_\w+ .* after 3\d\d ms, ")
        page = self.probe("--module", "page", f"http://127.0.0.1:{self.target()}/")
        self.assertRegex(page.stdout, r"^page \S+ ok: [^,]+, status 200, ")
        outside = self.probe("--module", "connect", OUTSIDE)
        self.assertEqual(outside.returncode, 3)
        self.assertIn("failed: not_permitted", outside.stdout)

    def test_metrics_and_steps(self):
        done = self.probe("--module", "banner", self.banner, "--metrics", "--steps")
        self.assertEqual(done.returncode, 0)
        self.assertIn("\nprobe_success 1\n", done.stdout)
        self.assertIn("\nprobe_timeout_seconds 5\n", done.stdout)
        self.assertIn("banner ", done.stderr.splitlines()[-1])
        self.assertGreater(len(done.stderr.splitlines()), 2)

    def test_shows_no_password(self):
        target = f"http://me:s3cret@127.0.0.1:{self.target()}/"
        for words in ((), ("--metrics", "--steps"), ("--metrics", "--timeout", "1s", "--attempts", "2")):
            done = self.probe("--module", "page", target, *words)
            self.assertIn("me:xxxxx@127.0.0.1", done.stdout + done.stderr)
            self.assertNotIn("s3cret", done.stdout + done.stderr)
        for done in (self.rampart("probe", target), self.rampart("load", target), self.probe("--module", "connect", target),
                     self.rampart("probe", "127.0.0.1:1", target), self.rampart("load", "http://127.0.0.1:1/", f"--ur={target}")):
            self.assertIn("me:xxxxx@127.0.0.1", done.stdout + done.stderr)
            self.assertNotIn("s3cret", done.stdout + done.stderr)

    def test_timeout(self):
        done = self.probe("--module", "silent", self.mute, "--timeout", "100ms", "--metrics")
        self.assertEqual(done.returncode, 3)
        self.assertIn("\nprobe_timeout_seconds 0.1\n", done.stdout)

    def test_attempts(self):
        done = self.probe("--module", "silent", self.mute, "--timeout", "200ms", "--attempts", "2", "--metrics", "--steps")
        self.assertEqual(done.returncode, 3)
        self.assertIn("\nprobe_attempts_failed 2\n", done.stdout)
        self.assertIn("; 2 of 2 attempts failed) after", done.stderr)
        self.assertRegex(done.stderr, r"(?m)^attempt 1 of 2: failed after \d+ ms: timeout_")

    def test_targets_that_cannot_be_read(self):
        for module, target, why in (
            ("ping", "[::1]", "icmp takes a host or an address alone"), ("ping", "127.0.0.1:80", "icmp takes a host or an address alone"),
            ("ping", "http://127.0.0.1/", "icmp takes a host or an address alone"), ("connect", "127.0.0.1", "it has no port"),
            ("connect", "tcp://127.0.0.1:80", "it has a scheme"), ("connect", "127.0.0.1:99999", "port '99999'"),
            ("connect", ":80", "there is no host"), ("page", "http://[u:x@127.0.0.1/", "not a URL"),
            ("page", "b\u00fccher.test", "international names need their xn-- form"),
        ):
            with self.subTest(target):
                done = self.probe("--module", module, target, "--metrics")
                self.assertEqual(done.returncode, 3)
                self.assertIn("\nprobe_failure_info{reason=\"bad_target\"} 1\n", done.stdout)
                self.assertIn(why, done.stderr)

    def test_built_in_modules(self):
        """The same rule: what is asked for cannot be, 2; it was probed and failed, 3."""
        at = f"http://127.0.0.1:{self.target()}/"
        for words, code, wanted in (
            ((at,), 0, " ok: "), ((at, "--timeout", "1us"), 2, "--timeout 1us: must be at least 1ms"),
            (("::1", "--module", "icmp", "--timeout", "1ms"), None, "icmp://[::1]"),
            (("http://none.invalid/",), 2, "none.invalid"),  # not permitted: nobody is asked for it
        ):
            with self.subTest(words):
                done = self.rampart("probe", *words)
                self.assertIn(done.returncode, (0, 3) if code is None else (code,), done.stderr)
                self.assertIn(wanted, done.stdout + done.stderr)
        auth = self.dir / "names.yml"
        auth.write_text(AUTHORISATION.format("http1").replace("192.0.2.0/28", "none.invalid"))
        done = self.rampart("probe", "http://none.invalid/", "--authorization", auth, "--metrics", "--timeout", "2s")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stdout, r"\nrampart_probe_failed_info\{reason=\"dns_(nxdomain|timeout|failure)\"\} 1\n")

    def test_refusals(self):
        for words, wanted in [
            (("--module", "connect", "x", "--attempts", "2", "--need", "0"), "need: a number from 1 to that of attempts, 2"),
            (("--module", "nothing", "x"), "has only banner, connect, name, page, ping, silent"),
            (("--module", "connect", "x", "--timeout", "0s"), "--timeout 0s: must be at least 1ms"),
            (("--module", "connect", "x", "--timeout", "999us"), "--timeout 999us: must be at least 1ms"),
            (("--module", "connect", "x", "-k"), "--config"),
        ]:
            with self.subTest(words):
                done = self.probe(*words)
                self.assertEqual(done.returncode, 2)
                self.assertIn(wanted, done.stderr)
        done = self.rampart("probe", "http://127.0.0.1:1/", "--steps")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--config", done.stderr)
