#include "probe/prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "lab.h"
#include "net/http_server.h"
#include "scripted_server.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

// Answers every request at once: /metrics with a page, all else with 200.
class Site final : public net::HttpServer::Handler {
 public:
  explicit Site(net::Loop& loop)
      : server_(
            net::HttpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, nullptr, *this)
                .value()) {}
  [[nodiscard]] base::Endpoint endpoint() const { return server_->endpoint(); }
  std::vector<std::string> paths;

 private:
  void on_request(net::HttpServer::ExchangeId id,
                  const net::HttpServer::Request& request) override {
    paths.emplace_back(request.path);
    server_->reply(id,
                   {.body = request.path == "/metrics" ? "nginx_up 1\nnode_load1 0.5\n" : "ok"});
  }
  std::unique_ptr<net::HttpServer> server_;
};

// Runs a prober on its own thread while this thread's loop serves.
class ProberRun final : private net::Timer::Listener {
 public:
  net::Loop loop;
  base::SystemClock clock;
  model::Plan plan;
  Kept<model::ProbeResult> probes;
  Kept<model::ScrapeResult> scrapes;
  Kept<model::CanarySent> canaries;
  Kept<model::OwnTuple> tuples;
  base::MonoTime began;
  base::MonoTime ended;

  std::uint32_t add_target(const std::string& url, const base::Endpoint& to) {
    model::Target target;
    target.name = "web";
    target.url = model::parse_url(url).value();
    target.endpoints = {to};
    plan.targets.push_back(target);
    return static_cast<std::uint32_t>(plan.targets.size() - 1);
  }
  void add_probe(std::uint32_t target, base::Nanos interval, base::Nanos timeout,
                 model::ProbeModule::Kind kind = model::ProbeModule::Kind::http) {
    model::ProbeSpec spec;
    spec.name = "p" + std::to_string(plan.probes.size());
    spec.module.kind = kind;
    spec.target = target;
    spec.interval = interval;
    spec.timeout = timeout;
    plan.probes.push_back(spec);
  }

  void run(base::Nanos length, base::Nanos stop_after = 1h) {
    std::stop_source source;
    began = clock.mono();
    stop_at_ = began + stop_after;
    source_ = &source;
    std::jthread thread([&] {
      Prober prober(plan, {probes, scrapes, canaries, tuples}, clock, "run-1");
      prober.run(source.get_token(), began, began + length);
      ended = clock.mono();
      over_ = true;
    });
    net::Timer::Listener& self = *this;
    net::Timer timer(loop, self);
    timer.arm(began);
    loop.run();
  }

 private:
  void on_timer(net::Timer& timer) override {
    if (clock.mono() >= stop_at_) source_->request_stop();
    if (over_)
      loop.stop();
    else
      timer.arm(clock.mono() + 1ms);
  }
  std::atomic<bool> over_ = false;
  base::MonoTime stop_at_;
  std::stop_source* source_ = nullptr;
};

TEST(Prober, RunsProbesScrapesAndCanariesUntilTheEnd) {
  ProberRun run;
  Site site(run.loop);
  const auto url = "http://web.test:" + std::to_string(site.endpoint().port) + "/";
  const auto target = run.add_target(url, site.endpoint());
  run.add_probe(target, 20ms, 1s);
  run.add_probe(target, 20ms, 1s, model::ProbeModule::Kind::tcp);
  model::ScrapeSpec scrape;
  scrape.name = "nginx";
  scrape.url = model::parse_url(url + "metrics").value();
  scrape.interval = 50ms;
  scrape.endpoints = {site.endpoint()};
  run.plan.scrapes.push_back(scrape);
  run.plan.sniff.emplace();
  run.plan.canaries = model::CanarySpec{50ms, {9000001, 9000002}, target};
  run.run(210ms);

  EXPECT_GE(run.ended - run.began, 210ms);
  EXPECT_LT(run.ended - run.began, 2s);
  std::size_t http = 0;
  std::size_t tcp = 0;
  for (const auto& result : run.probes.records) {
    EXPECT_TRUE(result.success) << result.detail;
    EXPECT_GE(result.start, run.began);
    EXPECT_LT(result.start, run.began + 210ms);
    ++(result.probe == 0 ? http : tcp);
  }
  // At most one start per due time; fewer where the machine was slow.
  EXPECT_LE(http, 11U);
  EXPECT_LE(tcp, 11U);
  EXPECT_GE(http, 2U);
  EXPECT_GE(tcp, 2U);
  ASSERT_FALSE(run.scrapes.records.empty());
  const auto& page = run.scrapes.records.front();
  EXPECT_TRUE(page.up) << page.detail;
  ASSERT_EQ(page.samples.size(), 2U);
  EXPECT_EQ(page.samples[0].series, "nginx_up");
  ASSERT_GE(run.canaries.records.size(), 2U);
  std::set<std::uint32_t> sids;
  for (const auto& canary : run.canaries.records) {
    sids.insert(canary.sid);
    EXPECT_TRUE(canary.delivered);
  }
  EXPECT_EQ(sids, (std::set<std::uint32_t>{9000001, 9000002}));
  EXPECT_THAT(site.paths, testing::Contains("/rampart-canary/9000001"));
  std::size_t canary_tuples = 0;
  for (const auto& tuple : run.tuples.records) canary_tuples += tuple.owner == model::Owner::canary;
  EXPECT_GE(canary_tuples, run.canaries.records.size());
}

TEST(Prober, StopsSoonAfterTheTokenAndDropsWhatRuns) {
  ProberRun run;
  ScriptedServer server(run.loop, {"", ScriptedServer::Then::hold, {}});
  const auto target = run.add_target("http://web.test/", server.endpoint());
  run.add_probe(target, 1s, 30s);
  run.run(1h, 50ms);
  EXPECT_LT(run.ended - run.began, 50ms + 200ms + 300ms);  // and 300 ms for a slow machine
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(run.probes.records.empty());
}

// Else an outage has fewer probes than good times, and availability is overstated.
TEST(Prober, AHangingTargetIsAskedAsOftenAsAHealthyOne) {
  ProberRun run;
  ScriptedServer server(run.loop, {"", ScriptedServer::Then::hold, {}});
  const auto target = run.add_target("http://web.test/", server.endpoint());
  run.add_probe(target, 50ms, 300ms);
  run.run(800ms);
  // Starts at 0, 50, ... 450 ms and perhaps 500 ms have ended by then; one at a time would be 3.
  ASSERT_GE(run.probes.records.size(), 8U);
  EXPECT_LE(run.probes.records.size(), 11U);
  for (std::size_t i = 0; i < run.probes.records.size(); ++i) {
    const auto& result = run.probes.records[i];
    EXPECT_EQ(result.reason, model::ProbeReason::timeout_first_byte) << result.detail;
    EXPECT_GE(result.start, run.began + i * 50ms);
  }
  // Nobody sniffs, so no port is taken for somebody to know it.
  for (const auto& tuple : run.tuples.records) EXPECT_NE(tuple.remote, server.endpoint());
}

// However long the timeout: what hangs must not be flooded.
TEST(Prober, ProbesOverlapUpToABound) {
  ProberRun run;
  ScriptedServer server(run.loop, {"", ScriptedServer::Then::hold, {}});
  const auto target = run.add_target("http://web.test/", server.endpoint());
  run.add_probe(target, 1ms, 10s);
  run.run(300ms);
  EXPECT_GE(server.requests().size(), 2U);
  EXPECT_LE(server.requests().size(), 32U);
}

// The prober stands still while a probe waits for a target that says nothing.
TEST(Prober, BlamesNoTargetForWhatItMissed) {
  ProberRun run;
  Site site(run.loop);
  ScriptedServer silent(run.loop, {"", ScriptedServer::Then::hold, ""});
  const auto url = "http://web.test:" + std::to_string(site.endpoint().port) + "/";
  const auto web = run.add_target(url, site.endpoint());
  const auto mute = run.add_target("http://mute.test:1/", silent.endpoint());
  run.add_probe(web, 100ms, 5s);
  run.add_probe(mute, 2s, 400ms);  // begins after half a second
  const auto still_from = 600ms;
  bool stood_still = false;
  run.probes.on_push = [&](const model::ProbeResult& result) {
    if (stood_still || result.start < run.began + still_from) return;
    stood_still = true;
    std::this_thread::sleep_for(1s);
  };
  run.run(2400ms);
  const auto missed = std::find_if(run.probes.records.begin(), run.probes.records.end(),
                                   [](const auto& r) { return r.probe == 1; });
  ASSERT_NE(missed, run.probes.records.end());
  EXPECT_EQ(missed->reason, model::ProbeReason::local) << missed->detail;
  EXPECT_NE(missed->detail.find("the prober itself stood still for "), std::string::npos);
}

model::ScrapeSpec prometheus(const base::Endpoint& server) {
  model::ScrapeSpec spec;
  spec.name = "prometheus";
  spec.source = model::ScrapeSpec::Source::prometheus;
  spec.url = model::parse_url("http://prometheus.test/").value();
  spec.interval = 100ms;
  spec.every = 1h;
  spec.timeout = 10s;
  spec.endpoints = {server};
  return spec;
}

TEST(Prober, ReadsAtTheEndWhatAPrometheusServerHasStored) {
  ProberRun run;
  const std::string body = R"({"status":"success","data":{"resultType":"matrix","result":[]}})";
  ScriptedServer server(
      run.loop,
      {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
       ScriptedServer::Then::hold,
       {}});
  run.plan.scrapes.push_back(prometheus(server.endpoint()));
  run.run(250ms);
  ASSERT_EQ(run.scrapes.records.size(), 1U);
  EXPECT_TRUE(run.scrapes.records[0].up) << run.scrapes.records[0].detail;
  EXPECT_EQ(run.scrapes.records[0].start, run.began + 200ms);
}

TEST(Prober, APrometheusServerThatHangsHoldsUpTheEndForTwoSeconds) {
  ProberRun run;
  ScriptedServer server(run.loop, {"", ScriptedServer::Then::hold, {}});
  run.plan.scrapes.push_back(prometheus(server.endpoint()));
  const auto target = run.add_target("http://web.test/", server.endpoint());
  run.add_probe(target, 50ms, 10s);
  run.run(1h, 50ms);
  EXPECT_GE(run.ended - run.began, 2s);
  EXPECT_LT(run.ended - run.began, 4s);
  ASSERT_EQ(run.scrapes.records.size(), 1U);
  EXPECT_FALSE(run.scrapes.records[0].up);
  EXPECT_THAT(run.scrapes.records[0].detail, testing::HasSubstr("points did not come within"));
}

TEST(Prober, NothingToDoEndsAtTheEnd) {
  ProberRun run;
  run.run(20ms);
  EXPECT_GE(run.ended - run.began, 20ms);
}

}  // namespace
}  // namespace rampart::probe
