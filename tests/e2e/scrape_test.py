"""Metrics pages and Prometheus as sources of a run: formats, who may ask, pages that mean harm, a real Prometheus server."""

import base64
import gzip
import http.server
import itertools
import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import lab

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def chunks_of(line, size):
    piece = (line * (65536 // len(line) + 1))[: 65536 // len(line) * len(line)]
    return itertools.islice(itertools.repeat(piece), size // len(piece))


class Pages:
    """An exporter: each path is a function of the request that gives status, headers and chunks of the body."""

    def __init__(self, pages, context=None):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                asked.append((self.path, dict(self.headers)))
                status, headers, chunks = pages[self.path](self.headers)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    for chunk in chunks:
                        self.wfile.write(chunk)
                except OSError:
                    pass  # the client has had enough
                self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a handshake that was refused

        self.server = Server(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Case(lab.Case):
    def pages(self, pages, context=None):
        server = Pages(pages, context)
        self.addCleanup(server.stop)
        return server

    def certificate(self, name):
        """A self-signed certificate for 127.0.0.1, as authority, server and client; its file and its key's."""
        files = self.dir / f"{name}.pem", self.dir / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
        return files

    def run_scenario(self, text, **more):
        path = self.scenario(text)
        done = self.rampart("run", path, "--db", self.db, "--json", "run.json", **more)
        self.assertTrue((self.dir / "run.json").exists(), done.stdout + done.stderr)
        return {up["name"]: up for up in self.result()["up"]}, done

    def assert_not_stored(self, *secrets):
        """Nor in what SQLite has beside its file."""
        files = list(self.dir.glob("runs.db*"))
        self.assertTrue(files)
        for secret in secrets:
            for file in files:
                self.assertNotIn(secret.encode(), file.read_bytes(), f"{secret} in {file}")

    def samples(self):
        """Rows of the store: series, value, gone, by time."""
        with sqlite3.connect(self.db) as db:
            return db.execute("SELECT start_mono_ns, series, value, gone FROM series_sample "
                              "ORDER BY start_mono_ns, series").fetchall()


class Scrapes(Case):
    def test_formats_and_who_asks(self):
        ours, key = self.certificate("server")
        client, client_key = self.certificate("client")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ours, key)
        context.load_verify_locations(client)
        context.verify_mode = ssl.CERT_REQUIRED

        def basic(headers):
            wanted = "Basic " + base64.b64encode(b"ann:s3cret").decode()
            if headers.get("Authorization") != wanted:
                return 401, {}, [b"no"]
            page = gzip.compress(b"# TYPE nginx_up gauge\nnginx_up 1\n# EOF\n")
            return 200, {"Content-Type": OPEN_METRICS, "Content-Encoding": "gzip"}, [page]

        def bearer(headers):
            if headers.get("Authorization") != "Bearer t0ken":
                return 403, {}, [b"no"]
            return 200, {"Content-Type": TEXT}, [b'node_load1{job="own"} 0.5\nmine 3\n']

        def filed(headers):
            wanted = "Basic " + base64.b64encode(f"bob:{secrets[0]}".encode()).decode()
            return (200 if headers.get("Authorization") == wanted else 401), {"Content-Type": TEXT}, [b"nginx_up 1\n"]

        secrets = ["of-a-file", base64.b64encode(b"bob:of-a-file").decode()]
        (self.dir / "password").write_text(secrets[0] + "\n")
        server = self.pages({"/basic": basic, "/bearer": bearer, "/filed": filed}, context)
        tls = f"tls: {{ ca: {ours}, certificate: {client}, key: {client_key} }}"
        ups, _ = self.run_scenario(f"""
duration: 2s
scrape:
  - {{ name: basic, url: "https://127.0.0.1:{server.port}/basic", interval: 500ms, {tls},
      auth: {{ user: ann, password: s3cret }} }}
  - {{ name: bearer, url: "https://127.0.0.1:{server.port}/bearer", interval: 500ms, {tls},
      auth: {{ bearer: t0ken }}, also: mine, labels: {{ job: web }} }}
  - {{ name: filed, url: "https://127.0.0.1:{server.port}/filed", interval: 500ms, {tls},
      auth: {{ user: bob, password_file: password }} }}
  - {{ name: nobody, url: "https://127.0.0.1:{server.port}/basic", interval: 500ms, {tls} }}
  - {{ name: stranger, url: "https://127.0.0.1:{server.port}/basic", interval: 500ms, tls: {{ ca: {ours} }} }}
""")
        for name in ("basic", "bearer", "filed"):
            self.assertGreaterEqual(ups[name]["succeeded"], 2, ups)
            self.assertEqual(ups[name]["succeeded"], ups[name]["scrapes"], ups)
        self.assertEqual(ups["nobody"]["succeeded"], 0)
        self.assertEqual(ups["nobody"]["why"], "status 401, expected 200")
        self.assertEqual(list(ups["nobody"]["reasons"]), ["denied"])
        self.assertEqual(ups["stranger"]["succeeded"], 0)
        self.assertIn("tls_alert", ups["stranger"]["reasons"], ups)
        # The scenario's own text is kept as it is, which its documentation says; what is made of it is not.
        self.assert_not_stored(base64.b64encode(b"ann:s3cret").decode(), "Bearer t0ken", *secrets)
        names = {series for _, series, _, _ in self.samples()}
        self.assertEqual(names, {"nginx_up", 'node_load1{exported_job="own",job="web"}', 'mine{job="web"}'})
        self.assertIn("openmetrics", server.asked[0][1]["Accept"])

    def test_what_leaves_the_page_is_gone(self):
        bodies = itertools.chain([b"nginx_up 1\nnode_load1 2\n", b"nginx_up 1\n", b"oops\n"],
                                 itertools.repeat(b"nginx_up 0\n"))
        server = self.pages({"/m": lambda _: (200, {"Content-Type": TEXT}, [next(bodies)])})
        ups, done = self.run_scenario(f"""
duration: 3s
scrape: [ {{ name: page, url: "http://127.0.0.1:{server.port}/m", interval: 500ms }} ]
""")
        rows = [(series, value, gone) for _, series, value, gone in self.samples()]
        self.assertEqual(rows[:6], [("nginx_up", 1, 0), ("node_load1", 2, 0),  # the first page
                                    ("nginx_up", 1, 0), ("node_load1", None, 1),  # the second
                                    ("nginx_up", None, 1),  # the third cannot be read
                                    ("nginx_up", 0, 0)])
        self.assertEqual(ups["page"]["gone"], 1)
        self.assertEqual(ups["page"]["reasons"], {"protocol": 1})
        self.assertEqual(ups["page"]["why"], "line 1, column 5: expected a value after the series")
        self.assertIn("line 1, column 5: expected a value", done.stdout)
        self.assertIn("1 left the page", done.stdout)

    def test_pages_that_mean_harm(self):
        """A large page, one without end, one that is not UTF-8, a million series, a small one that unpacks to much: the
        run goes on within its memory, and says what was wrong."""
        plain = {"Content-Type": TEXT}

        def million():
            for i in range(1000):
                yield b"".join(b'requests{path="/%d"} 1\n' % (i * 1000 + n) for n in range(1000))

        bomb = gzip.compress(b"\n" * (200 << 20))
        server = self.pages({
            "/quiet": lambda _: (200, plain, [b"nginx_up 1\n"]),
            "/large": lambda _: (200, plain, chunks_of(b"some_series 1\n", 50_000_000)),
            "/large_and_wanted": lambda _: (200, plain, itertools.chain(
                chunks_of(b"some_series 1\n", 50_000_000), [b"nginx_up 1\n"])),
            "/endless": lambda _: (200, plain, itertools.repeat(b"some_series 1\n" * 4000)),
            "/no_line": lambda _: (200, plain, itertools.repeat(b"x" * 65536)),
            "/broken": lambda _: (200, plain, [b'nginx_up 1\nother{path="\xc3("} 1\n']),
            "/million": lambda _: (200, plain, million()),
            "/bomb": lambda _: (200, {**plain, "Content-Encoding": "gzip"}, [bomb]),
        })
        pages = {"quiet": "", "large": "", "large_and_wanted": "limits: { body: 64MiB }", "endless": "", "no_line": "",
                 "broken": "", "million": "keep: requests, limits: { body: 64MiB }", "bomb": ""}
        text = "duration: 10s\nscrape:\n" + "".join(
            f'  - {{ name: {name}, url: "http://127.0.0.1:{server.port}/{name}", interval: 24s, timeout: 9s'
            f'{", " + more if more else ""} }}\n' for name, more in pages.items())
        path = self.scenario(text)
        process = self.start("run", path, "--db", self.db, "--json", "run.json")
        peak = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    peak = max([peak] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
            except OSError:
                pass
            time.sleep(0.05)
        ups = {up["name"]: up for up in self.result()["up"]}
        self.assertGreaterEqual(ups["quiet"]["succeeded"], 1, ups["quiet"])
        self.assertEqual(ups["quiet"]["succeeded"], ups["quiet"]["scrapes"])
        self.assertGreaterEqual(ups["large_and_wanted"]["succeeded"], 1, ups["large_and_wanted"])
        self.assertEqual(ups["large_and_wanted"]["series"], 1)
        said = {name: up["why"] for name, up in ups.items() if up["succeeded"] == 0}
        self.assertEqual(said, {
            "large": "the page is larger than 16.0 MiB",
            "endless": "the page is larger than 16.0 MiB",
            "no_line": "line 1: longer than 64 KiB",
            "broken": "line 2, column 13: the label value is not UTF-8",
            "million": "line 100001: more than 100000 series to record; keep fewer names",
            "bomb": "the page is larger than 16.0 MiB when unpacked"})
        # A limit of the run is no fault of the exporter.
        self.assertEqual({name for name, up in ups.items() if "over_limit" in up["reasons"]}, set(said) - {"broken"})
        self.assertLess(peak, 96 * 1024, "KiB that the run had in use")


class Prometheus(Case):
    """Debian's own server, on loopback, with TLS and a password."""

    def setUp(self):
        super().setUp()
        for program in ("prometheus", "htpasswd"):
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        self.failing = range(0)  # which scrapes, counted from the first visit of a probe on
        self.scrapes = None

        def metrics(_):
            if self.scrapes is not None:
                self.scrapes += 1
            return (503 if self.scrapes in self.failing else 200, {"Content-Type": TEXT},
                    [b'nginx_up 1\nnode_load1{a="b\\"c"} 0.5\nunwanted 1\n'])

        def front(_):
            self.scrapes = self.scrapes or 0
            return 200, {}, [b"ok"]

        self.exporter = self.pages({"/metrics": metrics, "/": front})
        self.certificate_file, key = self.certificate("prometheus")
        hashed = subprocess.run(["htpasswd", "-nbB", "-C", "4", "ann", "s3cret"], capture_output=True, text=True,
                                check=True).stdout.strip().split(":", 1)[1]
        (self.dir / "web.yml").write_text(json.dumps({
            "tls_server_config": {"cert_file": str(self.certificate_file), "key_file": str(key)},
            "basic_auth_users": {"ann": hashed}}))
        (self.dir / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "query_log_file": str(self.dir / "queries")},
            "scrape_configs": [{"job_name": "web",
                                "static_configs": [{"targets": [f"127.0.0.1:{self.exporter.port}"]}]}]}))
        self.port = lab.free_port()
        process = subprocess.Popen(["prometheus", f"--config.file={self.dir}/prometheus.yml",
                                    f"--storage.tsdb.path={self.dir}/tsdb", f"--web.config.file={self.dir}/web.yml",
                                    f"--web.listen-address=127.0.0.1:{self.port}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def stop():
            process.terminate()
            process.wait()

        self.addCleanup(stop)
        lab.wait_until(lambda: self.value("up") == "1", "prometheus and its first scrape")

    def value(self, query):
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}/api/v1/query?query={query}")
        request.add_header("Authorization", "Basic " + base64.b64encode(b"ann:s3cret").decode())
        context = ssl.create_default_context(cafile=self.certificate_file)
        try:
            with urllib.request.urlopen(request, context=context, timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return result[0]["value"][1] if result else None

    def queries(self):
        """What the server was asked for series over time."""
        asked = [json.loads(line) for line in (self.dir / "queries").read_text().splitlines()]
        return [a["params"]["query"] for a in asked if a["httpRequest"]["path"].endswith("/query_range")]

    def source(self, more="", password="s3cret"):
        (self.dir / "password").write_text(password)
        return (f'prometheus: {{ url: "https://127.0.0.1:{self.port}", tls: {{ ca: {self.certificate_file} }}, '
                f"auth: {{ user: ann, password_file: password }}, interval: 500ms, every: 2s, settle: 2s{more} }}\n")

    def test_what_it_stored_over_the_run(self):
        self.failing = range(5, 9)
        ups, done = self.run_scenario(f"""
duration: 14s
targets: {{ web: {{ url: "http://127.0.0.1:{self.exporter.port}/" }} }}
probes: [ {{ name: web-http, interval: 250ms }} ]
""" + self.source())
        up = ups["prometheus"]
        self.assertEqual(up["scrapes"], up["succeeded"], (up, done.stdout))
        instance = f'instance="127.0.0.1:{self.exporter.port}",job="web"'
        rows = self.samples()
        self.assertEqual({series for _, series, _, _ in rows},
                         {f"up{{{instance}}}", f"scrape_duration_seconds{{{instance}}}", f"nginx_up{{{instance}}}",
                          f'node_load1{{a="b\\"c",{instance}}}'})

        times = [at for at, series, _, _ in rows if series.startswith("up{")]
        self.assertTrue(12 <= len(times) <= 14, times)  # one a second, but for what was not yet stored at the end

        def course(name):
            values = [(value, gone) for _, series, value, gone in rows if series.startswith(name + "{")]
            return [key for key, _ in itertools.groupby(values)]

        self.assertEqual(course("up"), [(1, 0), (0, 0), (1, 0)])
        self.assertEqual(course("nginx_up"), [(1, 0), (None, 1), (1, 0)])
        down = [at for at, series, value, _ in rows if series.startswith("up{") and value == 0]
        self.assertEqual(len(down), len(self.failing), "each of the server's scrapes once")
        self.assertTrue(all(b - a >= 9e8 for a, b in zip(down, down[1:])), down)
        verdict = self.verdict(self.result(), "fault.exporter_down")
        self.assertIn("prometheus", verdict["summary"])
        with sqlite3.connect(self.db) as db:
            plan = json.loads(db.execute("SELECT plan FROM run").fetchone()[0])
        self.assertEqual(plan["scrapes"][0]["source"], 1)
        self.assert_not_stored("s3cret", base64.b64encode(b"ann:s3cret").decode())
        first, *others = self.queries()
        self.assertIn("count_over_time(vector(1)[2ms:1ms])", first)
        held = self.value(urllib.parse.quote("count_over_time(vector(1)[2ms:1ms])"))
        length = {"2": "500ms", "3": "499ms"}[held]  # Prometheus 3, 2
        self.assertEqual({query[query.index("}["):] for query in others}, {f"}}[{length}])"}, "and that is asked once")

    def test_what_is_selected(self):
        ups, _ = self.run_scenario("duration: 3s\n" + self.source(
            ", keep: [ 'unw*', up ], select: 'job=\"web\",instance!=\"other\"'"))
        self.assertEqual(ups["prometheus"]["succeeded"], ups["prometheus"]["scrapes"])
        self.assertEqual({series.split("{")[0] for _, series, _, _ in self.samples()}, {"up", "unwanted"})
        ups, _ = self.run_scenario("duration: 2s\n" + self.source(", select: 'job=\"other\"'"))
        self.assertEqual(ups["prometheus"]["series"], 0)
        self.assertGreaterEqual(ups["prometheus"]["succeeded"], 1)
        self.assertEqual(ups["prometheus"]["succeeded"], ups["prometheus"]["scrapes"])

    def test_its_own_page(self):
        """A page that nobody made for a test, in the format that the server prefers, and packed."""
        ups, _ = self.run_scenario(f"""
duration: 2s
scrape:
  - {{ name: own, url: "https://127.0.0.1:{self.port}/metrics", interval: 1s, keep: "*",
      tls: {{ ca: {self.certificate_file} }}, auth: {{ user: ann, password: s3cret }} }}
""")
        self.assertEqual(ups["own"]["succeeded"], ups["own"]["scrapes"], ups)
        self.assertGreater(ups["own"]["series"], 300)

    def test_its_errors_are_told(self):
        ups, _ = self.run_scenario("duration: 1s\n" + self.source(", select: 'job=~\"(\"'"))
        self.assertEqual(ups["prometheus"]["reasons"], {"http_status": 1})
        self.assertRegex(ups["prometheus"]["why"], r"^status 400: bad_data: .*parse error: .*missing closing \)")
        ups, _ = self.run_scenario("duration: 1s\n" + self.source(password="wrong"))
        self.assertEqual(ups["prometheus"]["why"], "status 401, expected 200")
        other, _ = self.certificate("other")
        ups, _ = self.run_scenario("duration: 1s\n" + self.source().replace(str(self.certificate_file), str(other)))
        self.assertEqual(list(ups["prometheus"]["reasons"]), ["tls_untrusted"])

    def test_a_run_that_asks_only_at_its_end(self):
        """Many points at once; the answers come in pages by time, and each sample once."""
        ups, _ = self.run_scenario("duration: 22s\n" + self.source(", keep: up").replace("every: 2s", "every: 5m"))
        up = ups["prometheus"]
        self.assertEqual(up["succeeded"], up["scrapes"])
        times = [at for at, _, _, _ in self.samples()]
        self.assertTrue(20 <= len(times) <= 22, times)
        self.assertTrue(all(b - a >= 9e8 for a, b in zip(times, times[1:])), times)


if __name__ == "__main__":
    unittest.main()
