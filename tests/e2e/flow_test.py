"""Flows against a server that checks what it is sent: a login with a token, a session, a user of its own."""

import collections
import http.server
import json
import threading
import urllib.parse

from lab import HOST_DEPENDENT, Case

FLOWS = 40


class Shop(http.server.BaseHTTPRequestHandler):
    """Hands out a token and a session per visit, and lets in only who brings both back."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def session(self):
        pairs = [pair.split("=", 1) for pair in self.headers.get("Cookie", "").split("; ") if pair]
        return dict(pairs).get("sid")

    def answer(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        seen = self.server.seen
        url = urllib.parse.urlsplit(self.path)
        with self.lock:
            if url.path == "/login":
                sid = f"s{len(seen['sessions'])}"
                seen["sessions"][sid] = f"t{sid}"
                self.answer(200, {"page": [{"token": f"t{sid}"}]},
                            [("Set-Cookie", f"sid={sid}; Path=/; HttpOnly"), ("X-Csrf", f"c{sid}")])
            elif self.session() in seen["in"]:
                seen["visits"][urllib.parse.parse_qs(url.query)["visit"][0]] += 1
                self.answer(200, {"cart": []})
            else:
                self.answer(403, {"who": "nobody"})

    def do_POST(self):
        seen = self.server.seen
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        sid = self.session()
        with self.lock:
            known = seen["sessions"].get(sid) == form.get("token", [""])[0]
            if not known or self.headers.get("X-Csrf") != f"c{sid}":
                self.answer(403, {"login": "refused"})
                return
            seen["in"].add(sid)
            seen["users"][form["user"][0]] += 1
            self.answer(200, {"login": "welcome"})


class Flows(Case):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
        self.server.seen = {"sessions": {}, "in": set(), "users": collections.Counter(),
                            "visits": collections.Counter()}
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        rows = "".join(f'user{i},"pass,{i}"\n' for i in range(FLOWS))
        (self.dir / "users.csv").write_text("name,password\n" + rows)

    def run_flow(self, extract, exits=tuple(HOST_DEPENDENT)):
        (self.dir / "shop.yml").write_text(f"""
targets: {{ shop: {{ url: "http://127.0.0.1:{self.server.server_port}/" }} }}
load:
  - name: visit
    arrival: {{ model: closed, users: 4, duration: 30s }}
    data: {{ users: {{ file: users.csv, order: unique }} }}
    flow:
      - get: /login
        extract: {{ csrf: {{ header: X-Csrf }}, token: {extract} }}
      - think: 5ms
      - post: /login
        headers: {{ Content-Type: application/x-www-form-urlencoded, X-Csrf: "{{{{csrf}}}}" }}
        body: "user={{{{users.name}}}}&token={{{{token}}}}"
        expect: {{ status: 200, body: welcome }}
      - get: "/cart?visit={{{{flow.number}}}}"
        name: cart
""")
        done = self.rampart("run", "shop.yml", "--db", self.db, "--json", "run.json")
        result = json.loads((self.dir / "run.json").read_text())
        self.assertIn(done.returncode, exits, done.stdout + done.stderr)
        return done, result["load"][0]

    def test_every_visit_logs_in_as_a_user_of_its_own(self):
        done, load = self.run_flow("{ json: /page/0/token }")
        seen = self.server.seen
        self.assertEqual([step["name"] for step in load["steps"]],
                         ["GET /login", "POST /login", "cart"])
        for step in load["steps"]:
            self.assertEqual((step["started"], step["completed"]), (FLOWS, FLOWS), step)
        self.assertEqual(load["offered"], 3 * FLOWS)
        self.assertEqual(dict(seen["users"]), {f"user{i}": 1 for i in range(FLOWS)})
        self.assertEqual(dict(seen["visits"]), {str(i): 1 for i in range(FLOWS)})
        self.assertIn("POST /login", done.stdout)

    def test_a_flow_ends_where_its_value_is_missing(self):
        _, load = self.run_flow("{ regex: 'ticket=(.+)' }", exits=(5, 6))
        first, second, _ = load["steps"]
        self.assertEqual((first["started"], first["failed"]), (FLOWS, FLOWS))
        self.assertEqual(second["started"], 0)
        self.assertEqual([(e["name"], e["count"]) for e in load["error_codes"]],
                         [("not_extracted", FLOWS)])
