"""The exporter's own pages: parameters, time limits, headers, reloading."""

import dataclasses

from .case import Case, module, useless, v4

PLAIN = module("http", v4(""))
OPEN_METRICS = "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"
PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,text/plain;q=0.5"
LIMIT = "X-Prometheus-Scrape-Timeout-Seconds"


def page(name, path, **more):
    return Case(f"page {name}", path=path, **more)


def probe(name, target="$http/ok", text=PLAIN, **more):
    return Case(f"probe {name}", text, target, **more)


def limited(name, scrape, timeout, target="$http/silent", least=0.0, **more):
    """A probe of what never answers, with the time limits of the scrape and of the module: how long it takes tells
    which one holds."""
    slow = {"probe_duration_seconds": least} if least else {}
    return probe(name, target, module("http", v4(""), timeout or "0s"), headers={LIMIT: scrape} if scrape else {},
                 slow=slow, **more)


PARAMETERS = [
    page("probe without anything", "/probe"),
    probe("without a target", target="", query={"x": "y"}),
    probe("with an empty target", target="", query={"target": ""}),
    page("probe of a module nobody knows", "/probe", query={"target": "$http/ok", "module": "nothing"}),
    page("probe of a module nobody knows and no target", "/probe", query={"module": "nothing"}),
    probe("module of a prober nobody knows", text="prober: gopher", **useless()),
    probe("module without a prober", text="timeout: 5s", **useless()),
    page("probe of the default module", "/probe", query={"target": "$http/ok"}),
    page("probe of two targets", "/probe", query="module=probe+POST&target=$http/ok&target=$http/status/500"),
    page("probe of two modules", "/probe", query="module=probe+POST&module=nothing&target=$http/ok"),
    page("probe with a bad escape", "/probe", query="module=probe+POST&target=%zz"),
    page("probe with a semicolon", "/probe", query="module=probe+POST;target=$http/ok"),
    probe("POST", method="POST"),
    probe("PUT", method="PUT"),
    probe("HEAD", method="HEAD"),
    probe("gzip", headers={"Accept-Encoding": "gzip"}),
    probe("gzip is refused", headers={"Accept-Encoding": "gzip;q=0"}),
    probe("OpenMetrics is preferred", headers={"Accept": OPEN_METRICS}),
    probe("protobuf is preferred", headers={"Accept": PROTOBUF},
          deliberate="the text format is for everybody", differs=("content-type", "body")),
    probe("target that is encoded twice", "$plain%2Fstatus%2F404"),
    probe("target whose scheme is encoded twice", "http%3A%2F%2F$plain%2Fok"),
    probe("target with a plus", "$http/request?a=b+c"),
    probe("target with an encoded percent sign", "$http/request/%2525"),
    probe("target with an encoded line feed", "$http/ok%0Ax"),
    probe("debug", query={"debug": "true"}),
    probe("debug of a failure", "http://$refusing/", query={"debug": "true"}),
    probe("debug that is not true", query={"debug": "1"}),
    probe("hostname", "$http/header/Host", query={"hostname": "named.test"}),
    probe("hostname and the same Host header", "$http/header/Host", module("http", v4("headers: {Host: named.test}")),
          query={"hostname": "named.test"}),
    probe("hostname and another Host header", "$http/header/Host", module("http", v4("headers: {Host: other.test}")),
          query={"hostname": "named.test"}),
    probe("hostname and another host header in small letters", "$http/header/Host",
          module("http", v4("headers: {host: other.test}")), query={"hostname": "named.test"}),
    probe("hostname over tls", "$https_wrong_name/ok", module("http", v4("tls_config: {ca_file: $ca}")),
          query={"hostname": "elsewhere.test"}),
    probe("hostname over tls that is wrong", "$https_good/ok", module("http", v4("tls_config: {ca_file: $ca}")),
          query={"hostname": "elsewhere.test"}),
    probe("hostname that is empty", "$http/header/Host", query={"hostname": ""}),
    probe("hostname for icmp", "127.0.0.1", module("icmp", v4("")), query={"hostname": "x"}, live=True),
    probe("hostname for dns", "$dns", module("dns", v4("query_name: example.test")), query={"hostname": "x"}),
]
LIMITS = [
    limited("limit of the module", "", "500ms", least=0.45),
    limited("limit of the module below the scrape's", "5", "500ms", least=0.45),
    limited("limit of the scrape less the offset", "1.2", "5s", least=0.65),
    limited("limit of the scrape without one of the module", "1.2", "", least=0.65),
    limited("limit of the scrape below the offset", "0.3", "600ms", least=0.25),
    limited("limit of the scrape equal to the offset", "0.5", "600ms"),
    limited("limit that is no number", "soon", "5s"),
    limited("limit that is empty", " ", "600ms", least=0.55),
    limited("limit that is negative", "-1", "600ms", least=0.55),
    limited("limit with an exponent", "12e-1", "5s", least=0.65),
    limited("limit with a unit", "1s", "5s"),
    limited("limit that is infinite", "Inf", "500ms", least=0.45),
    limited("limit that is nought", "0", "600ms", least=0.55),
    limited("limit that is too large for a number", "1e999", "600ms"),
    limited("limit of nothing and a quick answer", "", "", target="$http/ok"),
]
NO_PAGE = {"deliberate": "where no page is, rampart says so; 0.23 shows its start page",
           "differs": ("status", "content-type", "body")}
PAGES = [
    page("healthy", "/-/healthy"),
    page("healthy by POST", "/-/healthy", method="POST"),
    page("reload by GET", "/-/reload"),
    page("reload by PUT", "/-/reload", method="PUT"),
    page("reload by DELETE", "/-/reload", method="DELETE"),
    page("nothing there", "/nothing", **NO_PAGE),
    page("probe with a slash", "/probe/", **NO_PAGE),
    page("logs without an id", "/logs"),
    page("logs with a bad id", "/logs", query={"id": "x"}),
    page("logs with an id nobody has", "/logs", query={"id": "999999"}),
    page("logs by target is of newer versions", "/logs", query={"target": "x"}),
    page("start", "/", deliberate="the start page is rampart's own", differs=("content-type", "body"),
         present=("probe", "metrics", "config")),
    page("configuration", "/config", deliberate="the file as it was read, without the defaults",
         differs=("body",), present=("<secret>", "secret module"), absent=("hunter2", "hunter3", "hunter4", "hunter5")),
]
# A module for /config and nothing else; it is never used for a probe.
SECRETS = Case("secret module", module("http", """
    basic_auth: {username: me, password: hunter2}
    headers: {X-Public: seen}
    """), "$http/ok")
SECRET_TOKENS = Case("secret token", module("http", v4("bearer_token: hunter3")), "$http/ok")
SECRET_CLIENT = Case("secret client", module("http", v4(
    "oauth2: {client_id: me, client_secret: hunter4, token_url: \"$http/token\"}")), "$http/ok")
SECRET_PROXY = Case("secret authorization", module("http", v4("authorization: {credentials: hunter5}")), "$http/ok")

CASES = [*PARAMETERS, *LIMITS, *PAGES, SECRETS, SECRET_TOKENS, SECRET_CLIENT, SECRET_PROXY]


@dataclasses.dataclass(frozen=True)
class Story:
    """Steps on an exporter of its own. A step is ("write", text of the configuration), ("write web", text), ("ask", Case), ("hang up",)
    or ("until", Case, status): asks until the status is that one."""
    name: str
    config: str
    steps: tuple
    flags: tuple = ()
    prefix: str = ""
    web: str = ""  # of --web.config.file; ("write web", text) replaces it
    live: bool = False


def paths(*paths_of):
    """Steps that ask for each."""
    return tuple(("ask", Case(path, path=path)) for path in paths_of)


ONE = 'modules: {one: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}\n'
TWO = ONE[:-2] + ', two: {prober: tcp, timeout: 2s, tcp: {preferred_ip_protocol: ip4}}}\n'
BROKEN = "modules: {one: {prober: http, http: {no_such_option: 1}}}\n"
RELOAD = Case("reload", path="/-/reload", method="POST")
FAILED = dataclasses.replace(RELOAD, deliberate="mistakes are told with line and column", differs=("body",),
                             present=("failed to reload config",))
OF_ONE = Case("of one", path="/probe", query={"module": "one", "target": "$http/ok"})
OF_TWO = Case("of two", path="/probe", query={"module": "two", "target": "$tcp_ssh"})
OF_LIMIT = Case("of one", path="/probe", query={"module": "one", "target": "$http/silent"},
                headers={LIMIT: "1"}, slow={"probe_duration_seconds": 0.85})
RUNTIME = ("go_*", "process_*", "net_conntrack_*", "promhttp_*", "blackbox_exporter_build_info")
METRICS = Case("metrics", path="/metrics", untold=RUNTIME)
LOGS = tuple(("ask", Case(f"logs of {i}", path="/logs", query={"id": i})) for i in "012")
# The hash is of "hunter2".
GUARDED = """basic_auth_users: {me: $2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS}
http_server_config: {headers: {X-Frame-Options: deny}}
"""


def entry(name, credentials="", path="/-/healthy"):
    headers = {"Authorization": credentials} if credentials else {}
    return ("ask", Case(name, path=path, headers=headers))


ENTRIES = (
    entry("nobody"), entry("nobody for metrics", path="/metrics"), entry("nobody for a probe", path="/probe"),
    entry("me", "Basic bWU6aHVudGVyMg=="), entry("me again", "Basic bWU6aHVudGVyMg=="),
    entry("me in small letters", "basic bWU6aHVudGVyMg=="), entry("a wrong password", "Basic bWU6aHVudGVyMw=="),
    entry("an empty password", "Basic bWU6"), entry("an empty user", "Basic Omh1bnRlcjI="),
    entry("somebody else", "Basic eW91Omh1bnRlcjI="), entry("without a colon", "Basic bWVodW50ZXIy"),
    entry("no base64", "Basic %%%"), entry("another scheme", "Bearer bWU6aHVudGVyMg=="), entry("no page", "Basic bWU6", "/nothing"),
)
STORIES = [
    Story("passwords", ONE, ENTRIES, web=GUARDED),
    Story("an open web configuration", ONE, (entry("nobody"), entry("me", "Basic bWU6aHVudGVyMg==")), web="{}\n"),
    Story("passwords that change", ONE, (
        entry("nobody"), ("write web", GUARDED), entry("nobody then"), entry("me", "Basic bWU6aHVudGVyMg=="),
        ("write web", "nonsense: 1\n"), entry("me then", "Basic bWU6aHVudGVyMg=="), entry("nobody again"),
        ("write web", "{}\n"), entry("nobody at the end")), web="{}\n"),
    Story("reload a new file", ONE, (("ask", OF_ONE), ("ask", OF_TWO), ("write", TWO), ("ask", OF_TWO), ("ask", RELOAD),
                                     ("ask", OF_TWO), ("ask", METRICS))),
    Story("reload a broken file", ONE, (("write", BROKEN), ("ask", FAILED), ("ask", OF_ONE), ("ask", METRICS),
                                        ("write", TWO), ("ask", RELOAD), ("ask", OF_TWO), ("ask", METRICS))),
    Story("reload by a signal", ONE, (("write", TWO), ("hang up",), ("until", OF_TWO, 200), ("ask", OF_TWO))),
    Story("metrics of a new exporter", ONE, (("ask", METRICS),)),
    Story("modules nobody knows are counted", ONE, (("ask", OF_TWO), ("ask", OF_TWO), ("ask", METRICS))),
    Story("timeout offset", ONE, (("ask", OF_LIMIT),), ("--timeout-offset=0.1",)),
    Story("route prefix", ONE, (*paths("/-/healthy", "/deep/-/healthy", "/probe", "/deep/probe"),
                                ("ask", Case("nothing", path="/deep/nothing", **NO_PAGE))),
          ("--web.route-prefix=/deep",), "/deep"),
    Story("external URL", ONE, paths("/-/healthy", "/x/y/-/healthy", "/x/y/probe", "/x/y/logs", "/probe"),
          ("--web.external-url=http://h.test/x/y/",), "/x/y"),
    Story("external URL and route prefix", ONE, paths("/-/healthy", "/x/-/healthy", "/y/-/healthy", "/y/probe"),
          ("--web.external-url=http://h.test/x/", "--web.route-prefix=/y"), "/y"),
    Story("history", ONE, (("ask", OF_ONE), *LOGS)),
    Story("no history", ONE, (("ask", OF_ONE), *LOGS), ("--history.limit=0",)),
]
