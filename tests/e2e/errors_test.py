"""One kind of failure at a time, injected on purpose: each is counted in full, and under its own number
(docs/errors.md). Everything is on loopback; needs no privileges."""

import json
import resource
import ssl
import subprocess
import unittest

import faulty
import lab

REQUESTS, CONNECTIONS = 20, 10  # few for each connection: those that fail again and again pause longer and longer
NEVER_ANSWERED, NOT_VALID = 6, 5  # exit codes


class Errors(lab.Case):
    def server(self, serve, tls=None):
        server = faulty.Faulty(serve, tls)
        self.addCleanup(server.stop)
        return server

    def load(self, url, *flags, connections=CONNECTIONS, requests=REQUESTS, duration="20s", timeout="2s",
             **options):
        """The exit code of `rampart load`, and the load of its result."""
        done = subprocess.run(
            self.command("load", url, "-c", connections, "-n", requests, "-d", duration, "--timeout", timeout,
                         *flags, "--quiet", "--json", "-", "--db", self.db),
            capture_output=True, text=True, timeout=60, cwd=self.dir, **options)
        self.assertIn('"load"', done.stdout, done.stderr)
        result = json.loads(done.stdout)
        self.assert_accounts(result)
        return done.returncode, result["load"][0]

    def assert_only(self, load, code, name, kind):
        """Every failure of the load has this number and no other, and its class says the same."""
        self.assertGreater(load["failed"], 0)
        self.assertEqual(load["error_codes"], [{"code": code, "name": name, "count": load["failed"]}])
        classes = {c: n for c, n in load["errors"].items() if n}
        self.assertEqual(classes, {kind: load["failed"]})
        self.assertEqual(load["failed"], load["started"] - load["in_flight"] - load["completed"])

    def assert_nothing_but(self, outcome, code, name, kind):
        """The same, and nothing was completed: a server that never answers well is no success."""
        exit_code, load = outcome
        self.assert_only(load, code, name, kind)
        self.assertEqual(load["completed"], 0)
        self.assertEqual(exit_code, NEVER_ANSWERED)
        return load

    def assert_each_request(self, server, outcome, code, name, kind):
        """The same, and the server agrees on the number, to the request."""
        load = self.assert_nothing_but(outcome, code, name, kind)
        self.assertEqual(load["failed"], REQUESTS)
        self.assertEqual(server.faults, REQUESTS)


class Connecting(Errors):
    def test_refused(self):
        load = self.assert_nothing_but(self.load(f"http://127.0.0.1:{lab.free_port()}/", duration="1s"),
                                       201, "connect_refused", "connect")
        self.assertEqual(load["connects"], 0)
        self.assertGreaterEqual(load["connect_failures"], load["failed"])

    def test_nobody_accepts(self):
        full = faulty.FullBacklog()
        self.addCleanup(full.stop)
        load = self.assert_nothing_but(
            self.load(f"http://127.0.0.1:{full.port}/", duration="2s", timeout="200ms"),
            203, "connect_timeout", "timeout")
        self.assertEqual(load["connects"], 0)
        self.assertGreaterEqual(load["latency_ms"]["max"], 200)

    def test_reset_before_it_could_be_used(self):
        def tear(server, connection):
            connection.recv(65536)  # of the handshake
            server.fault()
            faulty.reset(connection)

        server = self.server(tear)
        load = self.assert_nothing_but(self.load(f"https://127.0.0.1:{server.port}/", "-k", duration="1s"),
                                       204, "connect_reset", "connect")
        self.assertGreaterEqual(server.faults, load["failed"])

    def test_out_of_descriptors(self):
        server = self.server(faulty.well)
        code, load = self.load(f"http://127.0.0.1:{server.port}/", connections=100, requests=10000, duration="2s",
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        self.assert_only(load, 902, "no_descriptors", "local")
        self.assertGreater(load["completed"], 0)
        self.assertEqual(code, NOT_VALID)


class Answering(Errors):
    def each(self, serve, *expected):
        server = self.server(serve)
        self.assert_each_request(server, self.load(f"http://127.0.0.1:{server.port}/"), *expected)

    def test_reset_in_mid_request(self):
        self.each(faulty.answers(b"", faulty.reset), 401, "reset", "reset")

    def test_closed_in_mid_request(self):
        self.each(faulty.answers(b"", faulty.close), 402, "closed", "reset")

    def test_body_ends_early(self):
        self.each(faulty.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", faulty.close),
                  502, "truncated", "protocol")

    def test_chunked_body_ends_early(self):
        self.each(faulty.answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
                                 faulty.close), 502, "truncated", "protocol")

    def test_garbage(self):
        for text in (b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\xff\x00\xff\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"):
            with self.subTest(text=text):
                self.each(faulty.answers(text, faulty.close), 501, "protocol", "protocol")

    def test_unexpected_status(self):
        for status, expected in ((404, (601, "http_4xx", "http_4xx")), (429, (601, "http_4xx", "http_4xx")),
                                 (500, (602, "http_5xx", "http_5xx")), (503, (602, "http_5xx", "http_5xx"))):
            with self.subTest(status=status):
                text = f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()
                self.each(faulty.answers(text), *expected)

    def test_no_answer(self):
        server = self.server(faulty.silent)
        outcome = self.load(f"http://127.0.0.1:{server.port}/", timeout="100ms")
        self.assert_each_request(server, outcome, 802, "timeout", "timeout")
        self.assertGreaterEqual(outcome[1]["service_ms"]["p50"], 100 * 0.998)  # 3 digits of histogram

    def test_no_first_byte(self):
        server = self.server(faulty.silent)
        path = self.scenario(f"""
name: silent
duration: 20s
targets: {{ web: {{ url: "http://127.0.0.1:{server.port}/" }} }}
load:
  - name: waiting
    connections: {CONNECTIONS}
    first_byte_timeout: 100ms
    timeout: 3s
    arrival: {{ model: closed, users: {CONNECTIONS}, requests: {REQUESTS} }}
""")
        done = self.rampart("run", path, "--db", self.db, "--quiet", "--json", "run.json")
        result = self.result()
        self.assert_accounts(result)
        self.assert_each_request(server, (done.returncode, result["load"][0]), 801, "first_byte_timeout",
                                 "timeout")

    def test_streams_are_reset(self):
        server = self.server(faulty.resets_streams)
        outcome = self.load(f"http://127.0.0.1:{server.port}/", "--http2", "-m", 5)
        self.assert_each_request(server, outcome, 403, "stream_reset", "reset")


class Handshakes(Errors):
    def setUp(self):
        super().setUp()
        self.certificates = faulty.Certificates(self.dir)

    def refused(self, context, *expected, flags=None, serve=faulty.well):
        server = self.server(serve, context)
        flags = ("--ca", self.certificates.authority) if flags is None else flags
        return self.assert_nothing_but(self.load(f"https://127.0.0.1:{server.port}/", *flags, duration="1s"),
                                       *expected)

    def test_a_good_certificate_is_no_failure(self):
        server = self.server(faulty.well, self.certificates.server())
        code, load = self.load(f"https://127.0.0.1:{server.port}/", "--ca", self.certificates.authority)
        self.assertIn(code, lab.HOST_DEPENDENT)
        self.assertEqual((load["completed"], load["failed"], load["error_codes"]), (REQUESTS, 0, []))

    def test_expired(self):
        self.refused(self.certificates.server(days=-1), 304, "tls_expired", "tls")

    def test_for_another_name(self):
        self.refused(self.certificates.server(alternative="DNS:other.example,IP:127.0.0.2"),
                     305, "tls_name_mismatch", "tls")

    def test_from_an_unknown_authority(self):
        self.refused(self.certificates.server(), 303, "tls_untrusted", "tls", flags=())

    def test_the_port_does_not_speak_tls(self):
        text = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

        def plain(_, connection):
            connection.recv(65536)
            connection.sendall(text)
            faulty.close(connection)

        self.refused(None, 301, "tls_handshake", "tls", serve=plain)

    def test_closed_in_the_handshake(self):
        def close(_, connection):
            connection.recv(65536)
            faulty.close(connection)

        self.refused(None, 301, "tls_handshake", "tls", serve=close)

    def test_a_client_certificate_is_wanted(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                context = self.certificates.server()
                context.minimum_version = context.maximum_version = version
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.certificates.authority)
                self.refused(context, 302, "tls_alert", "tls")


if __name__ == "__main__":
    unittest.main()
