"""The main job from the command line, against `rampart target` on loopback. Needs no privileges."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import unittest

import lab

STEADY = """
name: steady
duration: {seconds}s
workers: 2
targets: {{ web: {{ url: "http://127.0.0.1:{port}/" }} }}
load:
  - {{ name: browse, target: web, connections: 16, arrival: {{ model: open, rate: 500/s }} }}
probes:
  - {{ name: web-http, module: http_2xx, target: web, interval: 250ms, timeout: 1s }}
"""


class Run(lab.Case):
    def test_steady_load_is_healthy_and_accounted_for(self):
        path = self.scenario(STEADY.format(port=self.target(), seconds=4))
        done = self.rampart("run", path, "--db", self.db, "--json", "run.json", "--html", "r.html",
                            "--junit", "j.xml")
        self.assertIn(done.returncode, lab.HOST_DEPENDENT, done.stderr)
        result = self.result()
        self.assert_accounts(result)
        self.assertEqual(result["load"][0]["offered"], 2000)
        self.assertEqual(result["load"][0]["failed"], 0)
        self.assertGreaterEqual(result["probes"][0]["sent"], 14)
        self.assertIn("Content-Security-Policy", (self.dir / "r.html").read_text())
        again = self.rampart("report", "last", "--db", self.db, "--json", "again.json", "--quiet")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(result["load"], self.result("again.json")["load"])

    def test_nothing_listens(self):
        path = self.scenario(STEADY.format(port=lab.free_port(), seconds=4))
        done = self.rampart("run", path, "--db", self.db, "--json", "run.json")
        result = self.result()
        self.assert_accounts(result)
        self.assertGreater(result["load"][0]["errors"]["connect"], 0)
        self.assertEqual(result["load"][0]["completed"], 0)
        self.assertEqual(self.verdict(result, "fault.process_down")["state"], "down", done.stdout)

    def test_interrupt_ends_within_a_second_with_its_report(self):
        path = self.scenario(STEADY.format(port=self.target(), seconds=60))
        process = self.start("run", path, "--db", self.db, "--json", "run.json", "--html", "r.html")
        time.sleep(2)  # into the run
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        self.assertEqual(process.wait(timeout=10), 130)
        self.assertLess(time.monotonic() - began, 1.5)
        self.assertEqual(self.result()["exit"], 130)
        self.assert_accounts(self.result())
        self.assertTrue((self.dir / "r.html").exists())
        said = self.rampart("report", "last", "--db", self.db).stdout.splitlines()[0]
        self.assertRegex(said, r"^interrupted by Ctrl-C \(SIGINT\) at \d\.\d s; ")

    def test_killed_run_is_kept_and_rendered(self):
        path = self.scenario(STEADY.format(port=self.target(), seconds=60))
        process = self.start("run", path, "--db", self.db)
        time.sleep(4)  # into the run
        process.kill()
        process.wait()
        with sqlite3.connect(self.db) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        done = self.rampart("report", "last", "--db", self.db, "--json", "run.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cut off", done.stdout)
        self.assert_accounts(self.result())
        self.assertGreaterEqual(self.result()["seconds"], 2.5)

    def test_circuit_breaker_stops_the_run(self):
        text = STEADY.format(port=self.target("--error-rate", "100%"), seconds=60)
        path = self.scenario(text + 'stop_when: { errors: "> 50% for 2s" }\n')
        began = time.monotonic()
        self.rampart("run", path, "--db", self.db, "--json", "run.json")
        self.assertLess(time.monotonic() - began, 15)
        self.assertIn("errors above", str(self.result()))
        said = self.rampart("report", "last", "--db", self.db).stdout.splitlines()[0]
        self.assertRegex(said, r"^stopped at \d\.\d s by stop_when: errors above 50 % for 2\.00 s$")

    def test_a_reader_who_went_away_ends_no_run(self):
        url = f"http://127.0.0.1:{self.target()}/"
        for document, wanted in (((), lab.HOST_DEPENDENT), (("--json", "-"), (1,))):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run(self.command("load", url, "-d", "300ms", "-R", 50, "--db", self.db,
                                               *document),
                                  stdout=writer, stderr=writer, timeout=30)
            os.close(writer)
            self.assertIn(done.returncode, wanted, document)
            last = self.rampart("report", "last", "--db", self.db, "--quiet", "--json", "-")
            self.assertEqual(json.loads(last.stdout)["load"][0]["offered"], 15)


class OneShots(lab.Case):
    def test_probe_says_what_happened(self):
        port = self.target()
        done = self.rampart("probe", f"http://127.0.0.1:{port}/", "--metrics")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("probe_success 1\n", done.stdout)
        self.assertIn("probe_http_status_code 200\n", done.stdout)
        self.assertIn('probe_http_duration_seconds{phase="processing"} ', done.stdout)
        done = self.rampart("probe", f"127.0.0.1:{lab.free_port()}", "--module", "tcp_connect",
                            "--metrics")
        self.assertEqual(done.returncode, 3)
        self.assertIn("probe_success 0\n", done.stdout)
        self.assertIn('rampart_probe_failed_info{reason="connect_refused"} 1\n', done.stdout)
        self.assertIn("connect_refused", done.stderr)

    def test_folders_of_outputs_are_made(self):
        done = self.rampart("load", f"http://127.0.0.1:{self.target()}/", "-n", 5, "--db",
                            "a/runs.db", "--json", "b/c/run.json", "--html", "b/r.html", "--junit",
                            "d/j.xml", "--quiet")
        self.assertIn(done.returncode, lab.HOST_DEPENDENT | {6: "INCONCLUSIVE"}, done.stderr)
        for name in ("a/runs.db", "b/c/run.json", "b/r.html", "d/j.xml"):
            self.assertTrue((self.dir / name).exists(), name)
        (self.dir / "http.pcap").write_bytes(lab.capture_of(b"GET / HTTP/1.1\r\n\r\n"))
        done = self.rampart("sniff", "-r", "http.pcap", "--stats", "g/stats.json", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.dir / "g/stats.json").exists())

    def test_load_counts_to_the_request(self):
        url = f"http://127.0.0.1:{self.target()}/"
        done = self.rampart("load", url, "-n", 500, "-c", 8, "-t", 2, "--db", self.db, "--quiet",
                            "--json", "-")
        result = json.loads(done.stdout)
        self.assert_accounts(result)
        self.assertEqual(result["load"][0]["completed"], 500)
        self.assertIn(done.returncode, lab.HOST_DEPENDENT)

    def test_a_pipe_is_written_to_and_not_replaced(self):
        url = f"http://127.0.0.1:{self.target()}/"
        pipe = self.dir / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        done = self.rampart("load", url, "-n", 5, "--db", self.db, "--quiet", "--json", pipe)
        self.assertIn(done.returncode, lab.HOST_DEPENDENT, done.stderr)
        self.assertTrue(pipe.is_fifo())
        self.assertEqual(json.loads(os.read(reader, 1 << 16))["load"][0]["completed"], 5)

    def test_sniff_reads_a_file_and_writes_eve(self):
        request = b"GET /rampart-canary/9000001 HTTP/1.1\r\nHost: x\r\n\r\n"
        (self.dir / "in.pcap").write_bytes(lab.capture_of(request))
        rules = lab.SOURCE / "scenarios" / "library" / "rules" / "canary.rules"
        done = self.rampart("sniff", "-r", "in.pcap", "-S", rules, "-k", "none", "--eve",
                            "eve.json", "--stats", "stats.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in (self.dir / "eve.json").read_text().splitlines()]
        alerts = [e for e in events if e["event_type"] == "alert"]
        self.assertEqual([a["alert"]["signature_id"] for a in alerts], [9000001])
        self.assertEqual(self.result("stats.json")["capture"]["packets"], 4)
        cut = (self.dir / "in.pcap").read_bytes()[:-10]
        (self.dir / "cut.pcap").write_bytes(cut)
        done = self.rampart("sniff", "-r", "cut.pcap", "-S", rules)
        self.assertEqual(done.returncode, 0)  # judged up to there
        self.assertIn("after packet 3", done.stderr)


class Refused(lab.Case):
    def test_unauthorised_address(self):
        done = self.rampart("load", "http://192.0.2.1/", "-c", 1, "-d", "1s", "--db", self.db)
        self.assertEqual(done.returncode, 2)
        self.assertIn("not authorised", done.stderr)
        self.assertFalse(self.db.exists())

    def test_bad_scenarios_name_the_place(self):
        for text, wanted in (("nme: x\n", "1:1: "), ("name: x\nduration: 5\n", "2:11: "),
                             ("name: [\n", "2:1: ")):
            done = self.rampart("run", self.scenario(text), "--db", self.db)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn("scenario.yml:" + wanted, done.stderr, text)

    def test_port_taken(self):
        port = self.target()
        done = self.rampart("target", "--listen", f"127.0.0.1:{port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("address already in use", done.stderr)

    def test_what_a_run_would_refuse_is_found_by_check(self):
        rules = lab.SOURCE / "scenarios" / "library" / "rules" / "canary.rules"
        start = 'duration: 1s\ntargets: { web: { url: "http://127.0.0.1:1/" } }\n'
        (self.dir / "quiet.config").write_text("suppress gen_id 1, sig_id 9000001\n")
        for text, wanted in (
                (f"sniff: {{ interface: lo, rules: [ {rules} ], thresholds: quiet.config }}\n"
                 "canaries: { sids: [ 9000001 ] }\n",
                 "quiet.config:1, so that not each canary would be seen"),
                ('probes: [ { name: p, module: { kind: http, body_matches: "(a" } } ]\n',
                 ".yml:3:58: body_matches is not a regular expression that RE2 reads: missing )"),
                (f"sniff: {{ interface: lo, rules: [ {rules} ] }}\ncanaries: {{ sids: [ 42 ] }}\n",
                 "canaries: no loaded rule has sid 42")):
            path = self.scenario(start + text)
            done = self.rampart("check", path)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn(wanted, done.stdout)
            self.assertNotIn("scenario.yml: ok", done.stdout)
            done = self.rampart("run", path, "--db", self.db)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn(wanted, done.stderr)

    def test_check_says_what_belongs_to_which_service(self):
        path = self.scenario("""
duration: 1s
targets: { web: { url: "http://web.test/" }, api: { url: "http://api.test/" } }
probes: [ { name: web-http, target: web }, { name: web-tcp, target: web, module: tcp_connect } ]
scrape:
  - { name: nginx, url: "http://web.test:9113/metrics" }
  - { name: api-page, url: "http://elsewhere.test/metrics", target: api, service_metric: api_serves }
  - { name: other, url: "http://other.test/metrics" }
prometheus: { url: "http://prometheus.test/" }
""")
        done = self.rampart("check", path)
        self.assertEqual((done.returncode, done.stdout.splitlines()), (0, [
            f"{path}: ok",
            "  web: probed by web-http, web-tcp; up and the service's word from nginx, prometheus: instances on web.test",
            "  api: probed by nobody; up and the service's word from api-page (api_serves), "
            "prometheus: instances on api.test",
            "  other: recorded, but of no target: say target"]))
        path = self.scenario("duration: 1s\ntargets: { web: { url: \"http://web.test/\" } }\nprobes: [ { name: p } ]\n")
        self.assertEqual(self.rampart("check", path).stdout, f"{path}: ok\n")

    def test_a_blackbox_yml_is_told_from_a_scenario_and_checked(self):
        path = self.dir / "blackbox.yml"
        path.write_text('# comment\nmodules:\n  web:\n    prober: http\n    http: { "\\e[2Jhedaers": {} }\n'
                        '  ssh: { prober: tcp, tcp: { query_response: [ { expect: "(" } ] } }\n')
        done = self.rampart("check", path)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn(f"{path}:5:13: unknown key '\\x1b[2Jhedaers' in http", done.stdout)
        self.assertIn(f"{path}:6:58: query_response.expect: not a regular expression that RE2 reads", done.stdout)
        self.assertNotIn("ok", done.stdout)
        path.write_text("modules:\n  web: { prober: http, http: { no_follow_redirects: true } }\n")
        done = self.rampart("check", path)
        self.assertEqual((done.returncode, done.stdout.splitlines()), (0, [
            f"{path}:2:53: warning: no_follow_redirects is deprecated: write follow_redirects: false",
            f"{path}: ok (1 module)"]))
        plain = path.read_text()
        for other in ("\ufeff" + plain, '{"modules": {"web": {"prober": "http"}}}\n', "  modules:\n    web: { prober: http }\n"):
            path.write_text(other, encoding="utf-8")
            done = self.rampart("check", path)
            self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, f"{path}: ok (1 module)"), other)

    def test_a_web_configuration_is_told_from_a_scenario_and_checked(self):
        modules = self.dir / "blackbox.yml"
        modules.write_text("modules:\n  web: { prober: http }\n")
        path = self.dir / "web.yml"
        path.write_text("http_server_config: { http2: false }\n")
        done = self.rampart("check", path)
        self.assertEqual((done.returncode, done.stdout),
                         (0, f"{path}: ok (TLS, users and headers of rampart exporter)\n"))
        check = ("exporter", "--config.file", modules, "--config.check", "--web.config.file", path)
        done = self.rampart(*check)
        self.assertEqual((done.returncode, done.stdout),
                         (0, f"the configuration is in order: 1 module, and so is {path}\n"))
        path.write_text("http_server_config: { htttp2: false }\n")
        wanted = f"{path}:1:23: unknown key 'htttp2'"
        done = self.rampart("check", path)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn(wanted, done.stdout)
        done = self.rampart(*check)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn(wanted, done.stderr)

    def test_an_authorisation_that_is_over_is_told(self):
        path = self.dir / "auth.yml"
        text = ("owner: Example\ncontact: ops@example.org\ntargets: [ 192.0.2.1 ]\nprotocols: [ http1 ]\n"
                "max_rate: 10/s\nmax_connections: 1\nvalid_from: {}\nvalid_until: {}\n")
        for valid_from, valid_until, code, wanted in (
                ("2020-01-01", "2099-12-31", 0, ": ok (authorisation)"),
                ("2098-01-01", "2099-12-31", 0, ": ok (authorisation, not valid before 2098-01-01T00:00:00.000Z)"),
                ("2020-01-01", "2020-12-31", 2, " expired at 2020-12-31T23:59:59.999Z: ask ops@example.org for a new one")):
            path.write_text(text.format(valid_from, valid_until))
            done = self.rampart("check", path)
            self.assertEqual((done.returncode, done.stdout), (code, f"{path}{wanted}\n"))

    def test_unreadable_files(self):
        self.assertEqual(self.rampart("run", "missing.yml").returncode, 2)
        done = self.rampart("sniff", "-r", "missing.pcap")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing.pcap", done.stderr)
        (self.dir / "junk.db").write_bytes(b"no database at all" * 100)
        done = self.rampart("report", "last", "--db", "junk.db")
        self.assertEqual(done.returncode, 2)
        self.assertIn("junk.db", done.stderr)

    def test_own_headers_cannot_be_replaced(self):
        for header in ("User-Agent: me", "x-rampart-run: 7", "no colon", "Content-Length: 5",
                       "transfer-encoding: chunked", "Connection: close", "a b: c"):
            done = self.rampart("load", "http://127.0.0.1:1/", "-H", header, "--db", self.db)
            self.assertEqual(done.returncode, 2, header)

    def test_flags_out_of_range(self):
        for words, wanted in ((("--timeout", "0s"), "--timeout: 1ms to 10m"),
                              (("-d", "745h"), "-d: more than 0s, and 744h at most"),
                              (("-R", "11M"), "-R: more than 0/s"), (("-c", 100001), "-c: 1 to"),
                              (("-t", 257), "-t: 1 to"), (("--method", "CONNECT"), "--method: "),
                              (("--method", "get"), "--method: ")):
            done = self.rampart("load", "http://127.0.0.1:1/", *words, "--db", self.db)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(wanted, done.stderr)
        self.assertFalse(self.db.exists())

    def test_reports_that_could_not_be_written(self):
        (self.dir / "file").touch()
        for words, wanted in ((("--json", "-", "--html", "-"), "takes one document"),
                              (("--json", "out", "--junit", "out"), "takes one document"),
                              (("--html", "file/report.html"), "write file/report.html: cannot make"),
                              (("--junit", "."), "is a folder")):
            for command in (("load", "http://127.0.0.1:1/"), ("report", "last")):
                done = self.rampart(*command, *words, "--db", self.db)
                self.assertEqual(done.returncode, 2, words)
                self.assertIn(wanted, done.stderr)
                self.assertEqual(done.stdout, "")
        self.assertFalse(self.db.exists())

    def test_probe_flags_that_do_not_fit(self):
        for words, wanted in ((("tcp://127.0.0.1:1",), "an http probe takes"),
                              (("icmp://127.0.0.1", "--module", "tcp_connect"), "needs a port"),
                              (("127.0.0.1:80", "--module", "icmp"), "icmp has no ports: write icmp"),
                              (("https://127.0.0.1:1", "--ca", "missing.pem"), "--ca missing.pem")):
            done = self.rampart("probe", *words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(wanted, done.stderr)

    def test_target_flags_out_of_range(self):
        for words, wanted in ((("--duration", "0s"), "--duration: must be more than 0s"),
                              (("--workers", 0), "--workers: 1 to"),
                              (("--workers", 4000000000), "--workers: 1 to"),
                              (("--latency", "abc"), "--latency: 'abc' is not a duration"),
                              (("--hang", "1s:b"), "--hang: 'b' is not a duration"),
                              (("--listen", "8080"), "--listen 8080: an address with its port"),
                              (("--listen", "0.0.0.0:80"), "loopback only")):
            done = self.rampart("target", *words, timeout=5)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(wanted, done.stderr)

    def test_unknown_command(self):
        for word, wanted in (("prob", "did you mean 'probe'?"), ("xyzzy", "there are run, load")):
            done = self.rampart(word)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"unknown command '{word}': {wanted}", done.stderr)

    def test_a_load_that_nobody_answers_is_no_success(self):
        done = self.rampart("load", f"http://127.0.0.1:{lab.free_port()}/", "-d", "1s")
        self.assertEqual(done.returncode, 6, done.stdout + done.stderr)
        self.assertIn("connect_refused", done.stdout)

    def test_load_speaks_http2(self):
        port = self.target()
        done = self.rampart("load", f"http://127.0.0.1:{port}/", "--http2", "-c", "2", "-m", "8",
                            "-n", "400", "--quiet", "--json", "-")
        load = json.loads(done.stdout)["load"][0]
        self.assertEqual(load["protocol"], "http2")
        self.assertEqual((load["completed"], load["connects"]), (400, 2))

    def test_load_takes_tls_options(self):
        url = f"https://127.0.0.1:{self.target('--tls')}/"
        pin = "sha256/" + "A" * 43 + "="
        for words, code in ((("-k", "--tls-max", "1.2", "--ciphers", "ECDHE+AESGCM"), None),
                            (("-k", "--http2", "--tls-resume"), None),
                            (("--pin", pin), 303),
                            ((), 303)):
            done = self.rampart("load", url, "-n", "200", "-d", "2s", "--quiet", "--json", "-",
                                *words)
            load = json.loads(done.stdout)["load"][0]
            self.assertEqual({c["code"] for c in load["error_codes"]}, {code} - {None}, words)
            self.assertIn(done.returncode, (6,) if code else lab.HOST_DEPENDENT, done.stderr)
        for words, wanted in ((("--tls-min", "2"), "1.0, 1.1, 1.2 or 1.3"),
                              (("--cert", "/nonexistent"), "/nonexistent")):
            done = self.rampart("load", url, "-d", "1s", *words)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(wanted, done.stderr)
        done = self.rampart("load", "http://127.0.0.1:1/", "-k")
        self.assertEqual(done.returncode, 2)
        self.assertIn("https://", done.stderr)

    def test_streams_belong_to_http2(self):
        done = self.rampart("load", "http://127.0.0.1:1/", "-m", "8")
        self.assertEqual(done.returncode, 2)
        self.assertIn("add --http2", done.stderr)


class Help(lab.Case):
    def test_every_command_has_examples(self):
        for command in ("run", "load", "probe", "sniff", "correlate", "report", "check", "doctor",
                        "exporter", "target", "man", "completion"):
            done = self.rampart(command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertIn("Example", done.stdout, command)

    def test_the_manual_page_has_every_option_and_is_good_roff(self):
        page = self.rampart("man")
        self.assertEqual(page.returncode, 0)
        text = page.stdout.replace("\\-", "-")
        for command in ("run", "load", "probe", "sniff", "exporter", "target"):
            for option in re.findall(r"--[a-z][a-z0-9-]+(?:\.[a-z-]+)*", self.rampart(command, "--help").stdout.split("Example")[0]):
                self.assertIn(option, text, command)
        done = subprocess.run(["groff", "-ww", "-z", "-man"], input=page.stdout, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_bash_completes_commands_and_options(self):
        script = self.dir / "rampart.bash"
        script.write_text(self.rampart("completion").stdout)
        for words, expected in [
                (["do"], ["doctor"]),
                (["load", "--tls-m"], ["--tls-min", "--tls-max"]),
                (["--log-level", "info", "run", "--no-"], ["--no-sniff"]),
                (["exporter", "--web.l"], ["--web.listen-address"]),
                (["run", "scen"], []),  # file names: readline's own
        ]:
            line = " ".join(f"'{w}'" for w in ["rampart", *words])
            done = subprocess.run(["bash", "-c", f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
                                   "_rampart; printf '%s\\n' \"${COMPREPLY[@]}\""],
                                  capture_output=True, text=True)
            self.assertEqual((done.stdout.split(), done.stderr), (expected, ""), words)

    def test_shipped_scenarios_and_rules_are_in_order(self):
        library = lab.SOURCE / "scenarios" / "library"
        files = [*library.glob("*.yml"), *library.glob("rules/*.rules")]
        files = [f for f in files if "authorization" not in f.name]
        done = subprocess.run(self.command("check", *files), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
