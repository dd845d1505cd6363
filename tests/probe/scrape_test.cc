#include "probe/scrape.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/gzip.h"
#include "lab.h"
#include "probe/canary.h"
#include "probe/exposition.h"
#include "scripted_server.h"
#include "watch.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::HasSubstr;
using namespace std::chrono_literals;
using Then = ScriptedServer::Then;

std::string page(const std::string& body, const std::string& status = "200 OK",
                 const std::string& type = "text/plain; version=0.0.4") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

model::ScrapeResult scrape(Lab& lab, const ScriptedServer& server, Watch& watch,
                           base::Nanos timeout, std::vector<std::string> keep = {}) {
  model::ScrapeSpec spec;
  spec.name = "node";
  spec.url = model::parse_url("http://web.test:9100/metrics").value();
  spec.timeout = timeout;
  spec.keep = std::move(keep);
  spec.endpoints = {server.endpoint()};
  lab.plan.scrapes = {spec};
  Kept<model::ScrapeResult> results;
  Scrape job(lab.context, lab.plan, 0, watch.trouble, results);
  lab.run(job);
  return results.records.at(0);
}

model::ScrapeResult scrape(Lab& lab, const ScriptedServer& server, base::Nanos timeout = 5s,
                           std::vector<std::string> keep = {}) {
  Watch watch(lab);
  return scrape(lab, server, watch, timeout, std::move(keep));
}

TEST(Scrape, KeepsWhatItWasToldTo) {
  Lab lab;
  ScriptedServer server(lab.loop,
                        {page("nginx_up 1\nnode_load1 0.25\ngo_threads 9\n"), Then::hold, {}});
  const auto defaults = scrape(lab, server);
  EXPECT_TRUE(defaults.up) << defaults.detail;
  EXPECT_EQ(defaults.reason, ProbeReason::none);
  ASSERT_EQ(defaults.samples.size(), 2U);
  EXPECT_EQ(defaults.samples[1].series, "node_load1");
  EXPECT_EQ(defaults.samples[1].value, 0.25);
  const auto some = scrape(lab, server, 5s, {"go_*"});
  ASSERT_EQ(some.samples.size(), 1U);
  EXPECT_EQ(some.samples[0].series, "go_threads");
  const auto& request = server.requests().at(0);
  EXPECT_THAT(request, testing::StartsWith("GET /metrics HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("X-Prometheus-Scrape-Timeout-Seconds: 5\r\n"));
  EXPECT_THAT(request, HasSubstr("Accept: application/openmetrics-text;version=1.0.0,"));
  EXPECT_THAT(request, HasSubstr("text/plain;version=0.0.4;q=0.5"));
  EXPECT_THAT(request, HasSubstr("Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(request, HasSubstr("X-Rampart-Run: "));
}

TEST(Scrape, SendsItsOwnHeaders) {
  Lab lab;
  ScriptedServer server(lab.loop, {page("nginx_up 1\n"), Then::hold, {}});
  model::ScrapeSpec spec;
  spec.url = model::parse_url("http://web.test:9100/metrics").value();
  spec.headers = {{"Authorization", "Bearer abc"}};
  spec.endpoints = {server.endpoint()};
  lab.plan.scrapes = {spec};
  Kept<model::ScrapeResult> results;
  Watch watch(lab);
  Scrape job(lab.context, lab.plan, 0, watch.trouble, results);
  lab.run(job);
  EXPECT_TRUE(results.records.at(0).up);
  EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
}

struct Case {
  const char* name;
  ScriptedServer::Answer answer;
  bool up;
  ProbeReason reason;
  std::size_t samples;
  const char* detail;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class ScrapePages : public testing::TestWithParam<Case> {};

TEST_P(ScrapePages, AreJudged) {
  const auto& c = GetParam();
  Lab lab;
  ScriptedServer server(lab.loop, c.answer);
  const auto result = scrape(lab, server, 200ms, {"*"});
  EXPECT_EQ(result.up, c.up) << result.detail;
  EXPECT_EQ(result.reason, c.reason) << result.detail;
  EXPECT_EQ(result.samples.size(), c.samples);
  EXPECT_THAT(result.detail, HasSubstr(c.detail));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ScrapePages,
    testing::Values(
        Case{"empty", {page(""), Then::hold, {}}, true, ProbeReason::none, 0, ""},
        Case{"other_type",
             {page("a 1\n", "200 OK", "text/html"), Then::hold, {}},
             true,
             ProbeReason::none,
             1,
             ""},
        Case{"s503",
             {page("a 1\n", "503 Busy"), Then::hold, {}},
             false,
             ProbeReason::http_status,
             0,
             "status 503, expected 200"},
        Case{"s401",
             {page("a 1\n", "401 Unauthorized"), Then::hold, {}},
             false,
             ProbeReason::denied,
             0,
             "status 401, expected 200"},
        Case{"s403",
             {page("a 1\n", "403 Forbidden"), Then::hold, {}},
             false,
             ProbeReason::denied,
             0,
             "status 403, expected 200"},
        Case{"long_line",
             {page("a{b=\"" + std::string(kMaxExpositionLine, 'x') + "\"} 1\n"), Then::hold, {}},
             false,
             ProbeReason::over_limit,
             0,
             "line 1: longer than 64 KiB"},
        Case{"long_label",
             {page("a{b=\"" + std::string(5000, 'x') + "\"} 1\n"), Then::hold, {}},
             false,
             ProbeReason::over_limit,
             0,
             "longer than 4096 bytes (limits.label_value)"},
        Case{"s204",
             {"HTTP/1.1 204 None\r\n\r\n", Then::hold, {}},
             false,
             ProbeReason::http_status,
             0,
             "status 204"},
        Case{"malformed",
             {page("a 1\nb two\nc 3\n"), Then::hold, {}},
             false,
             ProbeReason::protocol,
             0,
             "line 2, column 3"},
        Case{"openmetrics",
             {page("a 1\n# EOF\n", "200 OK", "application/openmetrics-text; version=1.0.0"),
              Then::hold,
              {}},
             true,
             ProbeReason::none,
             1,
             ""},
        Case{"openmetrics_cut",
             {page("a 1\n", "200 OK", "application/openmetrics-text"), Then::hold, {}},
             false,
             ProbeReason::protocol,
             0,
             "without # EOF"},
        Case{"openmetrics_empty",
             {page("", "200 OK", "application/openmetrics-text"), Then::hold, {}},
             false,
             ProbeReason::protocol,
             0,
             "without # EOF"},
        Case{"repeats",
             {page("a 1\na 2\n"), Then::hold, {}},
             true,
             ProbeReason::none,
             1,
             "1 lines repeat a series"},
        Case{"endless_503",
             {"HTTP/1.1 503 Busy\r\n\r\n", Then::repeat, std::string(60000, 'x')},
             false,
             ProbeReason::http_status,
             0,
             "status 503"},
        Case{"endless_redirect",
             {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", Then::repeat, std::string(60000, 'x')},
             false,
             ProbeReason::http_status,
             0,
             "status 302"},
        Case{"bad_utf8",
             {page("a{b=\"\xC3(\"} 1\n"), Then::hold, {}},
             false,
             ProbeReason::protocol,
             0,
             "line 1, column 6: the label value is not UTF-8"},
        Case{"not_asked_for",
             {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
              Then::hold,
              {}},
             false,
             ProbeReason::protocol,
             0,
             "the page is encoded as 'br'"},
        Case{"html",
             {page("<html></html>"), Then::hold, {}},
             false,
             ProbeReason::protocol,
             0,
             "line 1"},
        Case{"hang", {"", Then::hold, {}}, false, ProbeReason::timeout_first_byte, 0, ""},
        Case{"cut_short",
             {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n", Then::close, {}},
             false,
             ProbeReason::protocol,
             0,
             ""},
        Case{"garbage",
             {"\x16\x03\x01\r\n\r\n", Then::close, {}},
             false,
             ProbeReason::protocol,
             0,
             ""}),
    [](const auto& param) { return param.param.name; });

TEST(Scrape, AnEndlessPageIsCutAtItsLimit) {
  Lab lab;
  std::string lines;
  while (lines.size() < 60000) lines += "a{b=\"c\"} 1\n";
  ScriptedServer server(lab.loop, {"HTTP/1.1 200 OK\r\n\r\n", Then::repeat, lines});
  const auto result = scrape(lab, server, 9s);
  EXPECT_FALSE(result.up);
  EXPECT_EQ(result.reason, ProbeReason::over_limit) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("the page is larger than 16.0 MiB"));
}

std::string packed_page(const std::string& text) {
  return page(base::gzip(text), "200 OK\r\nContent-Encoding: gzip");
}

TEST(Scrape, UnpacksPages) {
  Lab lab;
  ScriptedServer server(lab.loop, {packed_page("nginx_up 1\n"), Then::hold, {}});
  EXPECT_EQ(scrape(lab, server).samples.size(), 1U);
  ScriptedServer bomb(lab.loop, {packed_page(std::string(50'000'000, '\n')), Then::hold, {}});
  const auto result = scrape(lab, bomb);
  EXPECT_FALSE(result.up);
  EXPECT_EQ(result.detail, "the page is larger than 16.0 MiB when unpacked");
}

TEST(Scrape, SaysWhatIsWrongOnAPackedPage) {
  Lab lab;
  std::string text = "nginx_up oops\n";
  for (std::uint32_t i = 0; i < 20000; ++i)
    text += fmt::format("other{{a=\"{:x}\"}} 1\n", i * 2654435761U);
  ScriptedServer server(lab.loop, {packed_page(text), Then::hold, {}});
  const auto result = scrape(lab, server);
  EXPECT_FALSE(result.up);
  EXPECT_EQ(result.detail, "line 1, column 10: the value is not a number");
}

// A scrape that timed out while the prober stood still says nothing of its page, nor of the series
// that it had.
TEST(Scrape, IsNotBlamedForTheProbersOwnPause) {
  Lab lab;
  bool hang = false;
  ScriptedServer server(lab.loop, [&](const std::string&) {
    const auto text = page("nginx_up 1\n");
    if (!hang) return ScriptedServer::Answer{text, Then::hold, {}};
    // The pause itself: server and prober share this thread.
    std::this_thread::sleep_for(SelfCheck::kEvery + SelfCheck::kLate + 200ms);
    return ScriptedServer::Answer{"", Then::hold, {}};
  });
  model::ScrapeSpec spec;
  spec.url = model::parse_url("http://web.test:9100/metrics").value();
  spec.timeout = 400ms;
  spec.endpoints = {server.endpoint()};
  lab.plan.scrapes = {spec};
  Kept<model::ScrapeResult> results;
  Watch watch(lab);
  Scrape job(lab.context, lab.plan, 0, watch.trouble, results);
  for (int i = 0; i < 2; ++i) lab.run(job);
  ASSERT_TRUE(results.records.at(1).up) << results.records.at(1).detail;
  hang = true;
  lab.run(job);
  const auto& paused = results.records.at(2);
  EXPECT_FALSE(paused.up);
  EXPECT_EQ(paused.reason, ProbeReason::local) << paused.detail;
  EXPECT_THAT(paused.detail, testing::StartsWith("the prober itself stood still for "));
  EXPECT_TRUE(paused.samples.empty());
  hang = false;
  lab.run(job);
  ASSERT_EQ(results.records.at(3).samples.size(), 1U);
  EXPECT_FALSE(results.records.at(3).samples[0].gone);
}

// Never reads its body to the end, and each time spends some of the thread's time on it.
class Hog final : private HttpExchange::Listener, private BodySink {
 public:
  Hog(Lab& lab, const base::Endpoint& to) : exchange_(lab.context, *this) {
    HttpAsk ask;
    ask.url = model::parse_url("http://web.test:9100/metrics").value();
    ask.endpoints = {to};
    ask.timeout = 8s;
    ask.sink = this;
    exchange_.start(std::move(ask));
  }

 private:
  void begin(const BodyHead&) override {}
  std::optional<std::size_t> take(std::string_view) override {
    std::this_thread::sleep_for(50ms);
    return 0;
  }
  void on_answer(HttpAnswer&&) override {}
  HttpExchange exchange_;
};

// A page that came in time and waited for its turn, while others were read, was not too slow.
TEST(Scrape, IsNotBlamedForWaitingForItsTurn) {
  Lab lab;
  ScriptedServer busy(lab.loop, {page("nginx_up 1\n"), Then::hold, {}});
  const Hog first(lab, busy.endpoint());
  const Hog second(lab, busy.endpoint());
  // 15 turns, each 100 ms after the one before.
  const auto text = packed_page(std::string(15U << 20, '\n'));
  ScriptedServer server(lab.loop, {text, Then::hold, {}});
  net::Loop idle;
  Watch blind(lab, idle);
  const auto result = scrape(lab, server, blind, 1s);
  EXPECT_FALSE(result.up);
  EXPECT_EQ(result.reason, ProbeReason::local) << result.detail;
  EXPECT_THAT(
      result.detail,
      testing::MatchesRegex("waited for its turn to be read for .* \\(timeout_transfer: .*\\)"));
}

// Nor is the prober to blame for a server that fell silent, although it had turns to wait for.
TEST(Scrape, ASilentServerIsToBlameWhateverWaitedBefore) {
  Lab lab;
  ScriptedServer busy(lab.loop, {page("nginx_up 1\n"), Then::hold, {}});
  const Hog first(lab, busy.endpoint());
  const Hog second(lab, busy.endpoint());
  const auto packed = base::gzip(std::string(15U << 20, '\n'));
  const auto some = packed.substr(0, packed.size() - 20);
  for (const auto& body : {some, std::string("a 1\n")}) {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size() + 20) + "\r\n" +
        (body == some ? "Content-Encoding: gzip\r\n\r\n" : "\r\n");
    ScriptedServer server(lab.loop, {head + body, Then::hold, {}});
    net::Loop idle;
    Watch blind(lab, idle);
    EXPECT_EQ(scrape(lab, server, blind, body == some ? 6s : 2s).reason,
              ProbeReason::timeout_transfer);
  }
}

// Text that was packed small is read in turns, so that others on the loop get theirs.
TEST(Scrape, LeavesTheLoopToOthersWhileItReads) {
  struct Ticks final : private net::Timer::Listener {
    explicit Ticks(Lab& of) : lab(of), timer(lab.loop, *this) { timer.arm(lab.clock.mono()); }
    void on_timer(net::Timer&) override {
      ++count;
      timer.arm(lab.clock.mono());
    }
    Lab& lab;
    net::Timer timer;
    int count = 0;
  };
  Lab lab;
  // 1 KiB on its way for 1 MiB of text: libcurl hands all of it over at once.
  const auto text = std::string(15U << 20, '\n') + "nginx_up 1\n";
  ASSERT_LT(base::gzip(text).size(), 80'000U);
  ScriptedServer server(lab.loop, {packed_page(text), Then::hold, {}});
  const auto alone = base::gzip(text);
  int turns = 0;
  {
    const Ticks ticks(lab);
    const auto result = scrape(lab, server);
    EXPECT_TRUE(result.up) << result.detail;
    EXPECT_EQ(result.samples.size(), 1U);
    turns = ticks.count;
  }
  EXPECT_GE(turns, 15);
  // What is wrong only far behind is found as well, and what comes late ends the scrape.
  ScriptedServer wrong(lab.loop, {packed_page(text + "oops\n"), Then::hold, {}});
  EXPECT_THAT(scrape(lab, wrong).detail, HasSubstr("expected a value"));
  const auto cut = page(alone.substr(0, alone.size() - 9), "200 OK\r\nContent-Encoding: gzip");
  ScriptedServer early(lab.loop, {cut, Then::close, {}});
  EXPECT_EQ(scrape(lab, early).detail, "the page's gzip encoding ends too early");
  ScriptedServer slow(lab.loop, {packed_page(text), Then::hold, {}});
  EXPECT_EQ(scrape(lab, slow, 1ms).up, false);
}

// The page changes from scrape to scrape.
TEST(Scrape, TellsWhatIsGone) {
  Lab lab;
  std::vector<std::string> pages{page("b 1\na 1\n"), page("b 2\n"), page("b x\n"), page("b 3\n")};
  std::size_t next = 0;
  ScriptedServer server(lab.loop, [&](const std::string&) {
    return ScriptedServer::Answer{pages.at(next++), Then::hold, {}};
  });
  model::ScrapeSpec spec;
  spec.url = model::parse_url("http://web.test:9100/metrics").value();
  spec.keep = {"*"};
  spec.labels = {{"job", "web"}};
  spec.endpoints = {server.endpoint()};
  lab.plan.scrapes = {spec};
  Kept<model::ScrapeResult> results;
  Watch watch(lab);
  Scrape job(lab.context, lab.plan, 0, watch.trouble, results);
  for (std::size_t i = 0; i < pages.size(); ++i) lab.run(job);
  std::vector<std::string> seen;
  for (const auto& result : results.records) {
    std::string line = result.up ? "up" : "down";
    for (const auto& sample : result.samples)
      line += fmt::format(" {}{}", sample.gone ? "-" : "", sample.series);
    seen.push_back(line);
  }
  EXPECT_THAT(seen, testing::ElementsAre("up a{job=\"web\"} b{job=\"web\"}",
                                         "up b{job=\"web\"} -a{job=\"web\"}",
                                         "down -b{job=\"web\"}", "up b{job=\"web\"}"));
}

TEST(Scrape, FollowsRedirectsToItsPage) {
  Lab lab;
  std::uint16_t port = 0;
  ScriptedServer server(lab.loop, [&port](const std::string& request) {
    const bool first = request.starts_with("GET /metrics ");
    const auto location = fmt::format("http://web.test:{}/other", port);
    return ScriptedServer::Answer{first ? "HTTP/1.1 302 Found\r\nLocation: " + location +
                                              "\r\nContent-Length: 6\r\n\r\na b c\n"
                                        : page("nginx_up 1\n"),
                                  Then::hold,
                                  {}};
  });
  port = server.endpoint().port;
  const auto result = scrape(lab, server);
  EXPECT_TRUE(result.up) << result.detail;
  EXPECT_EQ(result.samples.size(), 1U);
}

model::CanarySent canary(Lab& lab, const base::Endpoint& to) {
  lab.add_probe("http://web.test/", to);
  lab.plan.canaries = model::CanarySpec{1s, {9000001}, 0};
  Kept<model::CanarySent> sent;
  Canary job(lab.context, lab.plan, 9000001, sent);
  lab.run(job);
  return sent.records.at(0);
}

TEST(Canary, CarriesItsSidAndIsDelivered) {
  Lab lab;
  ScriptedServer server(lab.loop, {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Then::hold, {}});
  const auto before = lab.clock.mono();
  const auto sent = canary(lab, server.endpoint());
  EXPECT_TRUE(sent.delivered);
  EXPECT_EQ(sent.sid, 9000001U);
  EXPECT_GE(sent.at, before);
  const auto& request = server.requests().at(0);
  EXPECT_THAT(request, testing::StartsWith("GET /rampart-canary/9000001 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("X-Rampart-Canary: 9000001\r\n"));
  EXPECT_THAT(request, HasSubstr("User-Agent: rampart/"));
  ASSERT_EQ(lab.tuples.records.size(), 1U);
  EXPECT_EQ(lab.tuples.records[0].owner, model::Owner::canary);
}

TEST(Canary, WithoutAStatusIsNotDelivered) {
  Lab lab;
  ScriptedServer server(lab.loop, {"", Then::reset, {}});
  EXPECT_FALSE(canary(lab, server.endpoint()).delivered);
  ScriptedServer cut(lab.loop, {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", Then::reset, {}});
  EXPECT_TRUE(canary(lab, cut.endpoint()).delivered);
  EXPECT_FALSE(canary(lab, {base::IpAddress::parse("192.0.2.1").value(), 80}).delivered);
}

}  // namespace
}  // namespace rampart::probe
