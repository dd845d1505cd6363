"""A real Prometheus that scrapes `rampart exporter`, and what promtool says of its pages and its web configuration."""

import base64
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import time
import urllib.parse
import urllib.request

import lab
from blackbox import driver
from blackbox.exporter import Exporter, ours
from blackbox.laboratory import Laboratory
from exporter_test import Serving
from faulty import Certificates, Faulty, well

PASSWORD = "open sesame"
COST = 10  # of its hash
TRIES = 15  # of each kind
EACH = 10  # of the cases against blackbox_exporter so many are skipped for each one whose page promtool looks at
LEAST_PAGES = 50
MODULES = """modules:
  page: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  connect: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}
"""
WEB = """tls_server_config: {{cert_file: good.pem, key_file: good.key}}
basic_auth_users: {{prometheus: "{hash}"}}
http_server_config: {{headers: {{X-Frame-Options: deny}}}}
"""
# The usual relabelling: the address becomes the parameter, the label instance stays, the exporter is asked.
PROMETHEUS = """global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
  - job_name: pages
    metrics_path: /probe
    params: {{module: [page]}}
    static_configs: [{{targets: ["{good}", "{refusing}"]}}]
    relabel_configs: &usual
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "{exporter}"}}
    scheme: https
    tls_config: &tls {{ca_file: {ca}}}
    basic_auth: &right {{username: prometheus, password: {password}}}
  - job_name: ports
    metrics_path: /probe
    params: {{module: [connect]}}
    static_configs: [{{targets: ["{good}"]}}]
    relabel_configs: *usual
    scheme: https
    tls_config: *tls
    basic_auth: *right
  - job_name: itself
    static_configs: [{{targets: ["{exporter}"]}}]
    scheme: https
    tls_config: *tls
    basic_auth: *right
  - job_name: wrong password
    static_configs: [{{targets: ["{exporter}"]}}]
    scheme: https
    tls_config: *tls
    basic_auth: {{username: prometheus, password: guess}}
  - job_name: unknown module
    metrics_path: /probe
    params: {{module: [nothing], target: ["{good}"]}}
    static_configs: [{{targets: ["{exporter}"]}}]
    scheme: https
    tls_config: *tls
    basic_auth: *right
"""


class ScrapedByPrometheus(Serving):
    def setUp(self):
        missing = [p for p in ("prometheus", "promtool", "htpasswd") if not shutil.which(p)]
        if missing:
            self.assertNotEqual(os.environ.get("CI"), "true", missing)
            self.skipTest(f"needs {', '.join(missing)}")
        super().setUp()
        self.web = self.dir / "web.yml"
        Certificates(self.dir).server()
        made = subprocess.run(["htpasswd", "-nbB", "-C", str(COST), "prometheus", PASSWORD], capture_output=True, text=True,
                              check=True)
        self.hash = made.stdout.strip().partition(":")[2]

    def promtool(self, *words, given=None):
        return subprocess.run(["promtool", *map(str, words)], input=given, capture_output=True, text=True, check=False,
                              timeout=60)

    def assert_clean(self, page):
        """As promtool sees a page of metrics."""
        done = self.promtool("check", "metrics", given=page)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""), page)

    def test_it_scrapes(self):
        self.web.write_text(WEB.format(hash=self.hash))
        self.config.write_text(MODULES)
        self.serve("--web.config.file", self.web)
        server = Faulty(well)
        self.addCleanup(server.stop)
        held = socket.socket()  # bound and not listening
        self.addCleanup(held.close)
        held.bind(("127.0.0.1", 0))
        good, refusing = (f"127.0.0.1:{port}" for port in (server.port, held.getsockname()[1]))
        self.start_prometheus(PROMETHEUS.format(good=good, refusing=refusing, exporter=f"127.0.0.1:{self.port}",
                                                ca=self.dir / "ca.pem", password=PASSWORD))
        itself = f"127.0.0.1:{self.port}"
        self.eventually(self.health, {
            ("pages", good): ("up", ""), ("pages", refusing): ("up", ""), ("ports", good): ("up", ""),
            ("itself", itself): ("up", ""),
            ("wrong password", itself): ("down", "server returned HTTP status 401 Unauthorized"),
            ("unknown module", itself): ("down", "server returned HTTP status 400 Bad Request")})
        self.eventually(lambda: self.query("probe_success"), {("pages", good): 1, ("pages", refusing): 0, ("ports", good): 1})
        self.assertEqual(self.query('probe_failure_info{reason="connect_refused"}'), {("pages", refusing): 1})
        self.assertEqual(self.query("probe_http_status_code"), {("pages", good): 200, ("pages", refusing): 0})
        self.eventually(lambda: self.query('rampart_exporter_probes_total{reason="connect_refused"} > bool 0'), {("itself", itself): 1})

    def start_prometheus(self, text):
        config = self.dir / "prometheus.yml"
        config.write_text(text)
        done = self.promtool("check", "config", config)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        port = lab.free_port()
        self.prometheus = f"http://127.0.0.1:{port}"
        with open(self.dir / "prometheus.log", "wb") as log:
            process = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.dir}/tsdb",
                                        f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        self.addCleanup(self.end, process)
        lab.wait_until(lambda: self.ready(process), "Prometheus")

    def ready(self, process):
        if process.poll() is not None:
            self.fail((self.dir / "prometheus.log").read_text())
        try:
            self.get("/-/ready")
        except OSError:
            return False
        return True

    def get(self, path):
        """The body of a good answer; OSError where there is none."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(self.prometheus + path, timeout=lab.DEADLINE) as answer:
            return answer.read()

    def data(self, path):
        return json.loads(self.get(path))["data"]

    def health(self):
        targets = self.data("/api/v1/targets")["activeTargets"]
        return {(t["labels"]["job"], t["labels"]["instance"]): (t["health"], t["lastError"]) for t in targets}

    def query(self, text):
        result = self.data("/api/v1/query?" + urllib.parse.urlencode({"query": text}))["result"]
        return {(r["metric"]["job"], r["metric"]["instance"]): float(r["value"][1]) for r in result}

    def eventually(self, look, wanted):
        end = time.monotonic() + lab.DEADLINE
        while (seen := look()) != wanted and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(seen, wanted)

    def test_promtool_has_nothing_to_say_of_pages(self):
        self.serve()
        with Laboratory(self.dir) as laboratory:
            cases = [driver.fill(c, laboratory) for c in driver.CASES[::EACH] if not c.live and c.module]
            config = self.dir / "cases.yml"
            config.write_text(driver.configuration(cases), encoding="utf-8")
            exporter = Exporter(ours(), config)
            self.addCleanup(exporter.stop)
            self.assertTrue(exporter.ready(), exporter.said())
            pages = [answer.text() for answer in (driver.ask(exporter, case) for case in cases)
                     if answer.status == 200 and "\nprobe_success " in answer.text()]
            pages.append(exporter.ask("/metrics").text())
        self.assertGreater(len(pages), LEAST_PAGES)
        for prober in ("http", "dns", "grpc"):
            self.assertTrue(any(f"\nprobe_{prober}_duration_seconds" in page for page in pages), prober)
        for page in pages:
            self.assert_clean(page)
        self.assertNotEqual(self.promtool("check", "metrics", given="# TYPE x counter\nx 1\n").returncode, 0)

    def test_promtool_takes_the_web_configuration(self):
        self.web.write_text(WEB.format(hash=self.hash))
        done = self.promtool("check", "web-config", self.web)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.serve("--web.config.file", self.web)  # and so do we
        self.web.write_text("basic_auth_users: {a: [b]}\n")
        self.assertNotEqual(self.promtool("check", "web-config", self.web).returncode, 0)

    def test_a_wrong_password_takes_as_long_as_an_unknown_user(self):
        self.web.write_text(f'basic_auth_users: {{prometheus: "{self.hash}"}}\n')
        self.serve("--web.config.file", self.web)
        self.assertEqual(self.log_in("prometheus", PASSWORD)[0], 200)
        times = {"prometheus": [], "nobody": [], None: []}
        for i in range(TRIES):
            for user in sorted(times, key=str, reverse=bool(i % 2)):
                status, *spent = self.log_in(user, f"guess {i}")
                self.assertEqual(status, 401)
                times[user].append(spent)
        known, unknown, anonymous = (list(zip(*times[user])) for user in ("prometheus", "nobody", None))
        # Others on this machine add to the time, less to the CPU.
        for name, of in (("fastest", min), ("median", statistics.median)):
            elapsed, cpu = (of(unknown[i]) / of(known[i]) for i in (0, 1))
            print(f"\nunknown user to wrong password, {name} of {TRIES}: {elapsed:.3f} of the time, {cpu:.3f} of the CPU")
            self.assertTrue(1 / 3 < elapsed < 3 and 2 / 3 < cpu < 3 / 2, times)
        # A refusal without a hash would be told apart by this.
        for i in (0, 1):
            self.assertLess(min(anonymous[i]), min(known[i]) / 5, times)

    def log_in(self, user, password):
        """Status of /-/healthy, seconds until then, and the seconds of CPU that the exporter spent. Without a user nothing
        is said of who asks."""
        words = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {words}"} if user else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.DEADLINE)
        clock = (~self.process.pid << 3) | 2  # of that process; see clock_getcpuclockid(3)
        try:
            connection.connect()
            cpu, begin = time.clock_gettime(clock), time.perf_counter()
            connection.request("GET", "/-/healthy", headers=headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status, time.perf_counter() - begin, time.clock_gettime(clock) - cpu
        finally:
            connection.close()
