"""rampart's exporter against prometheus-blackbox-exporter 0.23: the same files, the same targets, the same pages."""

import dataclasses
import os
import re
import sys
import unittest

import lab
from blackbox import differences, driver, exporter, handler_cases
from blackbox.case import Case
from blackbox.comparison import Answer, compare
from blackbox.page import Page

DOCUMENT = lab.SOURCE / "docs/blackbox.md"
BEGIN, END = "<!-- tests/e2e/blackbox: begin -->\n", "<!-- tests/e2e/blackbox: end -->\n"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
PAGE = """# HELP probe_http_duration_seconds Duration of http request by phase, summed over all redirects
# TYPE probe_http_duration_seconds gauge
probe_http_duration_seconds{phase="connect"} 0.00012
probe_http_duration_seconds{phase="tls"} 0
# HELP probe_http_status_code Response HTTP status code
# TYPE probe_http_status_code gauge
probe_http_status_code 200
# HELP probe_ssl_last_chain_info Contains SSL leaf certificate information
# TYPE probe_ssl_last_chain_info gauge
probe_ssl_last_chain_info{issuer="CN=a",subject="CN=\\"b\\\\,c\\""} 1
# HELP probe_success Displays whether or not the probe was a success
# TYPE probe_success gauge
probe_success 1
"""
# An exporter that is healthy, once, and ends.
MORTAL = """import http.server, sys
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
address = next(a for a in sys.argv if a.startswith("--web.listen-address=")).partition("=")[2].rsplit(":", 1)
http.server.HTTPServer((address[0], int(address[1])), Healthy).handle_request()
"""


def answer(page, status=200, kind=TEXT):
    return Answer(status, kind, page.encode())


class Comparison(unittest.TestCase):
    """That a page which is not the same is told from one which is."""

    CASE = Case("x")

    def kind(self, ours, case=CASE, theirs=PAGE):
        return compare(case, answer(theirs), ours if isinstance(ours, Answer) else answer(ours)).kind

    def altered(self, old, new):
        self.assertIn(old, PAGE)
        return PAGE.replace(old, new)

    def test_what_may_vary(self):
        for name, page in {
                "the same": PAGE,
                "another duration": self.altered("0.00012", "0.5"),
                "another spelling of a number": self.altered("code 200", "code 2e+02"),
                "another order of labels": self.altered('issuer="CN=a",subject="CN=\\"b\\\\,c\\""',
                                                        'subject="CN=\\"b\\\\,c\\"",issuer="CN=a"'),
                "an addition that is listed": PAGE + "# HELP probe_timeout_seconds x\n# TYPE probe_timeout_seconds gauge\n"
                                                     "probe_timeout_seconds 5\n",
                "a label that is listed": self.altered('issuer="CN=a"', 'issuer="CN=a",serialnumber="1"')}.items():
            with self.subTest(name):
                self.assertEqual(self.kind(page), "equal")

    def test_what_may_not(self):
        for name, page in {
                "another value": self.altered("code 200", "code 201"),
                "another help": self.altered("Response HTTP", "Response http"),
                "another type": self.altered("status_code gauge", "status_code counter"),
                "another label value": self.altered("CN=a", "CN=A"),
                "another label": self.altered("issuer=", "signer="),
                "a label that is not listed": self.altered('phase="tls"', 'phase="tls",more="x"'),
                "a duration that is nought": self.altered("0.00012", "0"),
                "a duration that is not nought": self.altered('"tls"} 0', '"tls"} 0.1'),
                "a duration that is negative": self.altered("0.00012", "-1"),
                "a duration that is long": self.altered("0.00012", "4.9"),
                "a series is missing": self.altered('probe_http_duration_seconds{phase="tls"} 0\n', ""),
                "a series stands twice": PAGE + "probe_success 1\n",
                "a family is missing": PAGE.split("# HELP probe_success")[0],
                "an addition that is not listed": PAGE + "# HELP other x\n# TYPE other gauge\nother 5\n",
                "an addition for failures alone": PAGE + "# HELP probe_tls_version_info x\n# TYPE probe_tls_version_info gauge\n"
                                                         "probe_tls_version_info 1\n",
                "no help": self.altered("# HELP probe_success Displays whether or not the probe was a success\n", ""),
                "no type": self.altered("# TYPE probe_success gauge\n", ""),
                "an end in mid-line": PAGE[:-1],
                "a line of garbage": PAGE + "garbage\n",
                "labels of garbage": self.altered('{phase="tls"}', "{phase=tls}"),
                "nothing at all": "",
                "another status": answer(PAGE, 500),
                "another type of content": answer(PAGE, 200, "text/plain"),
                "another encoding": dataclasses.replace(answer(PAGE), encoding="gzip")}.items():
            with self.subTest(name):
                self.assertEqual(self.kind(page), "different")

    def test_additions_to_a_failure(self):
        failed = PAGE.replace("probe_success 1", "probe_success 0")
        more = "# HELP probe_tls_version_info x\n# TYPE probe_tls_version_info gauge\nprobe_tls_version_info 1\n"
        self.assertEqual(self.kind(failed + more, theirs=failed), "equal")

    def test_deliberate(self):
        case = Case("x", deliberate="a reason", differs=("probe_http_status_code",))
        other = self.altered("code 200", "code 201")
        self.assertEqual(self.kind(other, case), "deliberate")
        self.assertEqual(self.kind(PAGE, case), "stale")
        self.assertEqual(self.kind(other.replace("CN=a", "CN=A"), case), "different")

    def test_slow(self):
        case = Case("x", slow={'probe_http_duration_seconds{phase="connect"}': 0.3})
        slow = self.altered("0.00012", "0.31")
        self.assertEqual(self.kind(self.altered("0.00012", "0.4"), case, slow), "equal")
        self.assertEqual(self.kind(PAGE, case, slow), "different")

    def test_words(self):
        case = Case("x", deliberate="a reason", differs=("body",), present=("a",), absent=("z",))
        for body, kind in (("ab", "deliberate"), ("b", "different"), ("az", "different"), ("a", "stale")):
            ours = answer(body, kind="text/plain")
            self.assertEqual(compare(case, answer("a", kind="text/plain"), ours).kind, kind, body)

    def test_debug(self):
        page = ("Logs for the probe:\nlevel=info\n\n\n\nMetrics that would have been returned:\n" + PAGE +
                "\n\n\nModule configuration:\nprober: http\n")
        self.assertEqual(self.kind(page.replace("level", "LEVEL"), theirs=page), "equal")
        self.assertEqual(self.kind(page.replace("level=info", ""), theirs=page), "different")
        self.assertEqual(self.kind(page.replace("prober: http", ""), theirs=page), "different")
        self.assertEqual(self.kind(page.replace("code 200", "code 201"), theirs=page), "different")

    def test_histogram(self):
        page = Page("# HELP h x\n# TYPE h histogram\n" 'h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n')
        self.assertEqual(page.malformed, [])

    def test_names(self):
        names = [c.name for c in driver.CASES] + [f"config {f.name}" for f in driver.FILES] + [s.name for s in driver.STORIES]
        self.assertEqual(len(names), len(set(names)))
        for case in driver.CASES + driver.FILES:
            self.assertEqual(bool(case.deliberate), bool(getattr(case, "differs", case.deliberate)), case.name)

    def test_the_document_has_the_differences(self):
        page = DOCUMENT.read_text(encoding="utf-8")
        self.assertIn(END, page)
        before, rest = page.split(BEGIN)
        now, after = rest.split(END)
        wanted = differences.table(documented())
        if os.environ.get("RAMPART_UPDATE"):
            DOCUMENT.write_text(before + BEGIN + wanted + END + after, encoding="utf-8")
        else:
            self.assertEqual(now, wanted, "run this test with RAMPART_UPDATE=1")


def documented():
    """Everything that says in what it differs."""
    files = [dataclasses.replace(f, name=f"config {f.name}") for f in driver.FILES]
    return [*driver.CASES, *files, handler_cases.FAILED]


class Against(lab.Case):
    """Both exporters, all cases. The command of ours is $RAMPART exporter. In CI nothing is left out."""

    LEAST = 700  # cases in which both give the same, so that a run which asks little is no success

    def theirs(self):
        theirs = exporter.theirs()
        if theirs is None:
            words = "needs prometheus-blackbox-exporter"
            self.assertNotEqual(os.environ.get("CI"), "true", words)
            self.skipTest(words)
        return theirs

    def run_all(self, ours):
        theirs = self.theirs()
        with driver.Driver(self.dir, theirs, ours or theirs, os.geteuid() == 0) as both:
            results = both.run()
        print("\n" + results.summary(), file=sys.stderr)
        self.assertEqual([f.case.name for f in results.failures()], [])
        self.assertGreater(results.count("equal"), self.LEAST)
        if os.environ.get("CI") == "true":
            self.assertEqual(results.skipped, [])
        return results

    def test_every_case(self):
        self.run_all(exporter.ours())


class Itself(Against):
    """One exporter twice: whatever differs then is the fault of the mock servers or of the comparison."""

    def run_some(self, pattern, ours=None, **more):
        theirs = self.theirs()
        with driver.Driver(self.dir, theirs, ours or theirs, False, re.compile(pattern).search, **more) as both:
            return both.run()

    def test_every_case(self):
        self.run_all(None)

    def test_a_module_that_is_refused_is_found(self):
        picky = self.dir / "picky"
        picky.write_text('#!/bin/sh\nfor word; do case $word in --config.file=*)\n'
                         '  ! grep -qF -e "404, 405" -e "query_type: MX" -e "[\'[\']" "${word#*=}" || exit 1\n'
                         f'esac; done\nexec {(exporter.theirs() or [""])[0]} "$@"\n')
        picky.chmod(0o755)
        results = self.run_some("^(http status|dns type|dns regexp)", [picky])
        self.assertEqual({f.case.name: f.kind for f in results.findings if f.kind != "equal"}, {
            "http status 200 is not among the wanted": "different", "dns type in capitals": "different",
            "dns regexp that cannot be read": "deliberate"})
        self.assertGreater(results.count("equal"), 10)

    def test_an_exporter_that_ends_is_found(self):
        results = self.run_some("^http slow", [sys.executable, "-c", MORTAL])
        self.assertIn("ours lives on", [f.case.name for f in results.failures()])
        self.assertEqual(len(results.failures()), len(results.findings))

    def test_altered_pages_are_found(self):
        """The same run, with one line of each page of the second exporter altered."""

        def alter(answer):
            body = re.sub(rb"(?m)^(probe_dns_answer_rrs) (\d+)$", lambda m: b"%s %d" % (m[1], int(m[2]) + 1), answer.body)
            return dataclasses.replace(answer, body=body)

        results = self.run_some("^dns text", alter=alter)
        self.assertEqual(results.count("different"), len(results.findings))
        self.assertGreater(len(results.findings), 15)
        self.assertIn("-probe_dns_answer_rrs 2.0\n  +probe_dns_answer_rrs 3.0", results.summary())
