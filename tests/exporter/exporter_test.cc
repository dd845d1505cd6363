#include "exporter/exporter.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/inflate.h"
#include "net/loop.h"
#include "net/name_resolver.h"
#include "probe/curl_multi.h"
#include "probe/module/kept_files.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;
using model::BlackboxModule;

struct Nowhere final : model::Outbox<model::OwnTuple> {
  bool push(model::OwnTuple&&) noexcept override { return true; }
};

struct Source final : ModuleSource {
  base::Result<model::BlackboxConfig> read() override {
    if (!broken.empty()) return base::fail(base::Errc::config, broken);
    model::BlackboxConfig out;
    for (const auto& name : names) {
      auto& module = out.modules[name];
      module.name = name;
      module.timeout = 5s;
      module.prober =
          name == "http_2xx" ? BlackboxModule::Prober::http : BlackboxModule::Prober::tcp;
      module.masked = "the module\n";
      module.http.headers = {{"host", "named.test"}};
    }
    out.masked = "the file\n";
    return out;
  }
  std::vector<std::string> names{"http_2xx", "later", "none"};
  std::string broken;
};

// What was asked of probes, and those that run. MakeProbe is a mere function, so it stands here.
struct Asked {
  std::vector<probe::ModuleAsk> asks;
  std::vector<std::string> names;  // of the modules, read while they run
  std::deque<std::pair<std::string, probe::ModuleProbe::Listener*>> waiting;  // by target
  int alive = 0;
};
Asked* asked = nullptr;

probe::ModuleOutcome outcome(bool success) {
  probe::ModuleOutcome out;
  out.success = success;
  out.duration = 5ms;
  out.reason = success ? model::ProbeReason::none : model::ProbeReason::reset;
  out.log = {"a step"};
  return out;
}

// Targets "good" and "bad" are known at once; others wait.
class Scripted final : public probe::ModuleProbe {
 public:
  Scripted(const probe::ModuleContext& context, probe::ModuleAsk ask)
      : context_(context), ask_(std::move(ask)) {
    ++asked->alive;
  }
  ~Scripted() override {
    asked->names.push_back(ask_.module->name);
    --asked->alive;
  }
  // "to 192.0.2.7" takes a socket for that address, which sends nothing, and waits.
  void start(Listener& listener) override {
    if (ask_.target.starts_with("to "))
      socket_ =
          context_.sockets.open_tcp({base::IpAddress::parse(ask_.target.substr(3)).value(), 9}, {})
              .value();
    if (ask_.target.find('@') != std::string::npos) {
      auto refused = outcome(false);
      refused.log = {"asked " + ask_.target};
      refused.detail = ask_.target + " said no";
      return listener.on_outcome(std::move(refused));
    }
    if (ask_.target == "good" || ask_.target == "bad")
      listener.on_outcome(outcome(ask_.target == "good"));
    else
      asked->waiting.emplace_back(ask_.target, &listener);
  }

 private:
  const probe::ModuleContext& context_;
  probe::ModuleAsk ask_;
  probe::OwnSockets::TcpSocket socket_;
};

std::unique_ptr<probe::ModuleProbe> make(const probe::ModuleContext& context,
                                         probe::ModuleAsk ask) {
  asked->asks.push_back(ask);
  if (ask.module->name == "none") return nullptr;
  return std::make_unique<Scripted>(context, std::move(ask));
}

struct ExporterTest : ::testing::Test {
  ExporterTest() { asked = &seen; }
  ~ExporterTest() override {
    exporter.reset();
    EXPECT_EQ(seen.alive, 0);
    asked = nullptr;
  }

  void begin(ExporterOptions options = {}) {
    ASSERT_TRUE(modules.reload());
    options.listen = {{base::IpAddress::v4(127, 0, 0, 1), 0}};
    exporter = Exporter::listen({loop, *names, sockets, clock, tls, curl, files}, modules, &make,
                                std::move(options))
                   .value();
  }

  struct Client {
    Client(ExporterTest& test, const std::string& text)
        : recorder(test.loop),
          tcp(net::TcpStream::connect(test.loop, test.exporter->endpoints().front(), recorder)) {
      recorder.when_open = [this, text] { tcp->write(text); };
    }
    net::StreamRecorder recorder;
    std::unique_ptr<net::TcpStream> tcp;
  };
  static std::string request(const std::string& path, const std::string& fields = "",
                             const std::string& method = "GET") {
    return fmt::format("{} {} HTTP/1.1\r\nConnection: close\r\n{}\r\n", method, path, fields);
  }
  // The whole reply.
  std::string ask(const std::string& path, const std::string& fields = "",
                  const std::string& method = "GET") {
    Client client(*this, request(path, fields, method));
    loop.run();
    return client.recorder.data;
  }
  static std::string body(const std::string& reply) {
    const auto at = reply.find("\r\n\r\n");
    return at == std::string::npos ? "no reply" : reply.substr(at + 4);
  }
  static int status(const std::string& reply) { return std::stoi(reply.substr(9, 3)); }
  void expect(const std::string& reply, int wanted, const std::string& words) {
    EXPECT_EQ(status(reply), wanted) << reply;
    EXPECT_EQ(body(reply), words) << reply;
    if (words.empty()) return;
    EXPECT_NE(reply.find("\r\nContent-Type: text/plain; charset=utf-8\r\n"), std::string::npos)
        << reply;
  }

  base::SystemClock clock;
  net::Loop loop;
  Asked seen;
  Source source;
  Nowhere nowhere;
  model::Permitted permitted;
  probe::OwnSockets sockets{permitted, nowhere, clock};
  probe::TlsContexts tls;
  probe::CurlMulti curl{loop, clock};
  probe::KeptFiles files{clock};
  std::unique_ptr<net::NameResolver> names = net::NameResolver::open(loop, clock, {}).value();
  Modules modules{source, clock};
  std::unique_ptr<Exporter> exporter;
};

TEST_F(ExporterTest, AnswersAProbe) {
  begin();
  const auto good = ask("/probe?target=good");
  EXPECT_EQ(status(good), 200);
  EXPECT_NE(good.find("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos);
  EXPECT_NE(body(good).find("\nprobe_success 1\n"), std::string::npos) << good;
  EXPECT_NE(body(ask("/probe?target=bad&module=later")).find("\nprobe_success 0\n"),
            std::string::npos);
  EXPECT_TRUE(body(ask("/probe?target=good", "", "HEAD")).empty());
  ASSERT_EQ(seen.asks.size(), 3U);
  EXPECT_EQ(seen.asks[0].target, "good");
  EXPECT_EQ(seen.asks[0].timeout, 5s);
  ask("/probe?target=good&hostname=named.test", "X-Prometheus-Scrape-Timeout-Seconds: 1.5 \r\n");
  EXPECT_EQ(seen.asks.back().hostname, "named.test");
  EXPECT_EQ(seen.asks.back().timeout, 1s);
}

TEST_F(ExporterTest, RefusesWhatItCannotProbe) {
  begin();
  expect(ask("/probe"), 400, "Target parameter is missing\n");
  expect(ask("/probe?target="), 400, "Target parameter is missing\n");
  expect(ask("/probe?target=good&module=no%22"), 400, "Unknown module \"no\\\"\"\n");
  expect(ask("/probe?target=good&module=none"), 400,
         "Unknown prober \"tcp\": this version of rampart has none\n");
  expect(ask("/probe?target=good", "X-Prometheus-Scrape-Timeout-Seconds: soon\r\n"), 500,
         "Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing \"soon\": "
         "invalid syntax\n");
  expect(ask("/probe?target=good&hostname=other"), 400,
         "host header defined both in module configuration (named.test) and with URL-parameter "
         "'hostname' (other)\n");
  expect(ask("/%zz"), 400, "400 Bad Request");
  expect(ask("/nothing"), 404, "404 page not found\n");
  EXPECT_NE(body(ask("/metrics")).find("\nblackbox_module_unknown_total 1\n"), std::string::npos);
}

// Two probes run side by side; the second one ends first.
TEST_F(ExporterTest, ProbesSideBySide) {
  begin({.most_probes = 2});
  Client first(*this, request("/probe?module=later&target=1"));
  Client second(*this, request("/probe?module=later&target=2"));
  first.recorder.when_end = [] {};
  second.recorder.when_end = [&] { loop.stop(); };
  while (seen.waiting.size() < 2) expect(ask("/-/healthy"), 200, "Healthy");
  expect(ask("/probe?target=good"), 503, "2 probes run already\n");
  EXPECT_NE(body(ask("/metrics")).find("\nrampart_exporter_probes_running 2\n"), std::string::npos);
  for (const std::string target : {"2", "1"}) {
    auto& client = target == "2" ? second : first;
    client.recorder.when_end = [&] { loop.stop(); };
    const auto found = std::find_if(seen.waiting.begin(), seen.waiting.end(),
                                    [&](const auto& w) { return w.first == target; });
    found->second->on_outcome(outcome(target == "2"));
    loop.run();
    EXPECT_NE(client.recorder.data.find(target == "2" ? "probe_success 1" : "probe_success 0"),
              std::string::npos)
        << client.recorder.data;
  }
  EXPECT_EQ(seen.alive, 0);
}

// The module of a probe that runs stays what it was.
TEST_F(ExporterTest, ReloadsUnderProbesThatRun) {
  begin();
  Client client(*this, request("/probe?module=later&target=1"));
  client.recorder.when_end = [] {};
  while (seen.waiting.empty()) ask("/-/healthy");
  source.names = {"http_2xx"};
  expect(ask("/-/reload", "", "POST"), 200, "");
  expect(ask("/probe?module=later&target=1"), 400, "Unknown module \"later\"\n");
  client.recorder.when_end = [&] { loop.stop(); };
  seen.waiting.front().second->on_outcome(outcome(true));
  loop.run();
  EXPECT_NE(client.recorder.data.find("probe_success 1"), std::string::npos);
  EXPECT_EQ(seen.names, std::vector<std::string>{"later"});
}

TEST_F(ExporterTest, GivesUpProbesWhoseClientsHaveGone) {
  begin();
  Client stays(*this, request("/probe?module=later&target=1"));
  stays.recorder.when_end = [&] { loop.stop(); };
  {
    Client leaves(*this, request("/probe?module=later&target=2"));
    while (seen.waiting.size() < 2) ask("/-/healthy");
    EXPECT_EQ(seen.alive, 2);
  }
  while (seen.alive == 2) ask("/-/healthy");
  EXPECT_NE(body(ask("/metrics")).find("\nrampart_exporter_probes_abandoned_total 1\n"),
            std::string::npos);
  const auto left = std::find_if(seen.waiting.begin(), seen.waiting.end(),
                                 [](const auto& w) { return w.first == "1"; });
  left->second->on_outcome(outcome(true));
  loop.run();
  EXPECT_NE(stays.recorder.data.find("probe_success 1"), std::string::npos);
}

// A probe that has a socket for what is no longer permitted ends; one to loopback goes on.
TEST_F(ExporterTest, EndsProbesThatAreNoLongerPermitted) {
  bool withdrawn = false;
  ExporterOptions options;
  options.renew_permission = [&] {
    if (withdrawn) permitted.networks.clear();
  };
  permitted.networks = {base::Cidr::parse("192.0.2.0/24").value()};
  begin(std::move(options));
  Client here(*this, request("/probe?module=later&target=to%20127.0.0.1"));
  Client beyond(*this, request("/probe?module=later&target=to%20192.0.2.7"));
  here.recorder.when_end = [] {};
  beyond.recorder.when_end = [] {};
  while (seen.waiting.size() < 2) ask("/-/healthy");
  expect(ask("/-/reload", "", "POST"), 200, "");
  EXPECT_EQ(seen.alive, 2);
  withdrawn = true;
  expect(ask("/-/reload", "", "POST"), 200, "");
  EXPECT_EQ(seen.alive, 1);
  while (beyond.recorder.data.empty()) ask("/-/healthy");
  EXPECT_NE(beyond.recorder.data.find("probe_failure_info{reason=\"not_permitted\"} 1"),
            std::string::npos)
      << beyond.recorder.data;
  EXPECT_TRUE(here.recorder.data.empty());
}

TEST_F(ExporterTest, TellsOfReloads) {
  begin();
  expect(ask("/-/reload"), 405, "This endpoint requires a POST request.\n");
  const auto good = ask("/-/reload", "Content-Length: 3\r\n\r\nabc", "POST");
  EXPECT_EQ(status(good), 200);
  EXPECT_EQ(good.find("Content-Type"), std::string::npos) << good;
  source.broken = "f:1:2: no";
  expect(ask("/-/reload", "", "POST"), 500, "failed to reload config: f:1:2: no\n");
  EXPECT_NE(body(ask("/metrics")).find("config_last_reload_successful 0\n"), std::string::npos);
  EXPECT_NE(body(ask("/")).find("f:1:2: no"), std::string::npos);
  EXPECT_NE(body(ask("/probe?target=good")).find("probe_success 1"), std::string::npos);
  source.broken.clear();
  EXPECT_TRUE(exporter->reload());
  EXPECT_NE(body(ask("/metrics")).find("config_last_reload_successful 1\n"), std::string::npos);
}

TEST_F(ExporterTest, RemembersProbes) {
  begin({.history_limit = 1});
  ask("/probe?target=bad");
  ask("/probe?target=good");
  const auto bad = ask("/logs?id=0");
  EXPECT_NE(bad.find("\r\nContent-Type: text/plain\r\n"), std::string::npos) << bad;
  EXPECT_NE(body(bad).find("probe of \"bad\""), std::string::npos);
  EXPECT_NE(body(bad).find("\na step\n"), std::string::npos);
  EXPECT_NE(body(bad).find("Module configuration:\nthe module\n"), std::string::npos);
  EXPECT_EQ(body(ask("/probe?target=good&debug=true")).substr(0, 20), "Logs for the probe:\n");
  expect(ask("/logs?id=1"), 404, "Probe id not found\n");
  expect(ask("/logs?id=-1"), 500, "Invalid probe id\n");
  expect(ask("/logs"), 500, "Invalid probe id\n");
  const auto page = ask("/");
  EXPECT_NE(page.find("\r\nContent-Type: text/html; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(page.find("\r\ncontent-security-policy: default-src 'none'"), std::string::npos);
  EXPECT_NE(page.find("logs?id=0\""), std::string::npos);
  const auto config = ask("/config");
  EXPECT_EQ(body(config), "the file\n");
  EXPECT_NE(config.find("\r\nContent-Type: text/plain\r\n"), std::string::npos) << config;
}

TEST_F(ExporterTest, LogsWhatIsAskedFor) {
  const std::string step = R"(debug: probe of "good" by "http_2xx": "a step")";
  const std::string end = R"(info: probe of "good" by "http_2xx": succeeded after 5.00 ms)";
  const std::string failure = R"(warning: probe of "bad" by "http_2xx": failed: reset: "")";
  for (const auto& [log, wanted] :
       {std::pair{ProbeLog::nothing, std::string()}, std::pair{ProbeLog::failures, failure + "\n"},
        std::pair{ProbeLog::ends, end + "\n" + failure + "\n"},
        std::pair{ProbeLog::steps, step + "\n" + end + "\n" +
                                       R"(debug: probe of "bad" by "http_2xx": "a step")" + "\n" +
                                       failure + "\n"}}) {
    begin({.log = log});
    ::testing::internal::CaptureStderr();
    ask("/probe?target=good");
    ask("/probe?target=bad");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), wanted);
    exporter.reset();
  }
}

TEST_F(ExporterTest, ShowsNoPasswordOfATarget) {
  begin();
  ask("/probe?target=http://me:hunter2@h.test/");
  EXPECT_EQ(seen.asks.back().target, "http://me:hunter2@h.test/");
  for (const std::string path : {"/", "/logs?id=0"}) {
    const auto page = ask(path);
    EXPECT_EQ(page.find("hunter2"), std::string::npos) << page;
    EXPECT_NE(page.find("http://me:xxxxx@h.test/"), std::string::npos) << page;
  }
}

TEST_F(ExporterTest, CompressesPages) {
  begin();
  for (const std::string path : {"/probe?target=good", "/metrics"}) {
    const auto reply = ask(path, "Accept-Encoding: deflate, gzip\r\n");
    EXPECT_NE(reply.find("\r\ncontent-encoding: gzip\r\n"), std::string::npos) << path;
    const auto packed = body(reply);
    base::Inflater inflater(base::Inflater::Format::gzip);
    std::vector<std::uint8_t> out;
    ASSERT_TRUE(inflater.feed({reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size()},
                              1 << 20, out));
    EXPECT_TRUE(std::string(out.begin(), out.end()).starts_with("# HELP "));
  }
  EXPECT_EQ(ask("/metrics").find("content-encoding"), std::string::npos);
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("br , gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("x-gzip, br"));
  EXPECT_FALSE(accepts_gzip(""));
}

TEST_F(ExporterTest, StandsUnderAPrefix) {
  begin({.route_prefix = "/deep", .external_url = "http://h.test/x/"});
  expect(ask("/deep/-/healthy"), 200, "Healthy");
  expect(ask("/-/healthy"), 404, "404 page not found\n");
  expect(ask("/deeper/-/healthy"), 404, "404 page not found\n");
  for (const std::string path : {"/", "/deep"}) {
    const auto reply = ask(path);
    EXPECT_EQ(status(reply), 302);
    EXPECT_NE(reply.find("\r\nlocation: http://h.test/x/\r\n"), std::string::npos) << reply;
  }
  EXPECT_EQ(status(ask("/deep/")), 200);
}

base::Result<model::WebConfig> read_users(const std::string&) {
  model::WebConfig out;
  out.headers = {{"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "deny"}};
  // Of "hunter2".
  out.users = {{"me", "$2y$04$K5RH.OQ4yFCvxeU5AprtkulS0io0WevZgD0UH9MXIw47WeVPgB0nS"}};
  return out;
}
base::Result<model::WebConfig> read_dear_user(const std::string&) {
  model::WebConfig out;
  out.users = {{"me", "$2y$12$dozXwR/grXRsMW02WmlOq.4cXTqHRskG/VF3xHxbtl/ZKdiwCBRey"}};
  return out;
}

TEST_F(ExporterTest, LetsInWhoHasThePassword) {
  begin({.gate = WebGate::open(loop, "/proc/self/exe", &read_users).value()});
  const std::string right = "Authorization: Basic bWU6aHVudGVyMg==\r\n";
  const std::string wrong = "Authorization: Basic bWU6aHVudGVyMw==\r\n";
  for (const auto& fields : {std::string(), wrong}) {
    const auto reply = ask("/probe?target=good", fields);
    expect(reply, 401, "Unauthorized\n");
    EXPECT_NE(reply.find("\r\nwww-authenticate: Basic\r\n"), std::string::npos) << reply;
    EXPECT_NE(reply.find("\r\nX-Frame-Options: deny\r\n"), std::string::npos) << reply;
  }
  EXPECT_TRUE(seen.asks.empty());
  for (int i = 0; i < 2; ++i) {
    const auto reply =
        ask("/probe?target=good", right + "X-Prometheus-Scrape-Timeout-Seconds: 1.5\r\n");
    EXPECT_NE(body(reply).find("probe_success 1"), std::string::npos) << reply;
    EXPECT_NE(reply.find("\r\nX-Content-Type-Options: nosniff\r\n"), std::string::npos) << reply;
    EXPECT_EQ(reply.find("\r\nx-content-type-options"), std::string::npos) << "twice: " << reply;
    EXPECT_EQ(seen.asks.back().timeout, 1s);
  }
}

// It takes far longer than the other answer.
TEST_F(ExporterTest, EndsWhileAPasswordIsChecked) {
  begin({.gate = WebGate::open(loop, "/proc/self/exe", &read_dear_user).value()});
  Client client(*this, request("/", "Authorization: Basic bWU6aHVudGVyMg==\r\n"));
  client.recorder.when_end = [] {};
  ask("/-/healthy");
  exporter.reset();
  loop.run();
  EXPECT_TRUE(client.recorder.data.empty());
}

TEST_F(ExporterTest, EndsWithProbesThatRun) {
  begin();
  Client client(*this, request("/probe?module=later&target=1"));
  client.recorder.when_end = [] {};
  while (seen.waiting.empty()) ask("/-/healthy");
  exporter.reset();
  EXPECT_EQ(seen.alive, 0);
}

TEST_F(ExporterTest, NamesTheAddressThatIsTaken) {
  begin();
  const auto second = Exporter::listen({loop, *names, sockets, clock, tls, curl, files}, modules,
                                       &make, {.listen = exporter->endpoints()});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find(base::to_string(exporter->endpoints().front())),
            std::string::npos);
}

}  // namespace
}  // namespace rampart::exporter
