// Whole runs on loopback, from the plan to the stored and judged result.
#include "runner/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "store/reader.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::runner {
namespace {

using testing::ReplyThread;
using testing::TargetThread;
using testing::wait_until;
using namespace std::chrono_literals;

class RunTest : public ::testing::Test {
 protected:
  RunOutcome run_plan(const model::Plan& plan) {
    auto outcome = run(plan, options_for(folder.file(), signals), clock);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().text;
    return outcome ? *std::move(outcome) : RunOutcome{};
  }
  model::RunResult judged() {
    auto result = judge(folder.file(), "last", &evidence);
    EXPECT_TRUE(result.has_value()) << result.error().text;
    return result ? *std::move(result) : model::RunResult{};
  }

  Folder folder;
  Signals signals;
  base::SystemClock clock;
  model::Evidence evidence;
};

TEST_F(RunTest, AHealthyRunIsRecordedWholeAndJudgedHealthy) {
  TargetThread server;
  auto plan = small_plan(server.endpoint(), 200, 2s);
  plan.workers = 2;
  plan.objectives.errors = base::Ratio{0.01};
  model::ScrapeSpec scrape;
  scrape.name = "target";
  scrape.url = {"http", "127.0.0.1", server.endpoint().port, "/metrics"};
  scrape.interval = 500ms;
  scrape.timeout = 400ms;
  scrape.keep = {"rampart_target_requests_total"};
  scrape.endpoints = {server.endpoint()};
  plan.scrapes.push_back(scrape);
  const auto outcome = run_plan(plan);
  EXPECT_TRUE(outcome.warnings.empty());
  EXPECT_EQ(outcome.end, model::RunEnd::completed);

  const auto result = judged();
  EXPECT_EQ(result.run.id, outcome.id);
  EXPECT_EQ(result.run.end, model::RunEnd::completed);
  EXPECT_EQ(result.run.command, "rampart run test.yml");
  EXPECT_GE(result.length, 2s);
  EXPECT_LT(result.length, 4s);
  ASSERT_EQ(result.load.size(), 1U);
  expect_balance(result.load[0]);
  EXPECT_EQ(result.load[0].counters.offered, 400U);
  EXPECT_EQ(result.load[0].counters.completed, 400U);
  ASSERT_EQ(result.probes.size(), 1U);
  EXPECT_GE(result.probes[0].sent, 9U);
  EXPECT_LE(result.probes[0].sent, 12U);
  EXPECT_EQ(result.probes[0].succeeded, result.probes[0].sent);
  ASSERT_EQ(result.up.size(), 1U);
  EXPECT_GE(result.up[0].succeeded, 3U);
  EXPECT_FALSE(evidence.scrapes.empty());
  EXPECT_FALSE(evidence.scrapes.back().samples.empty());
  EXPECT_EQ(result.validity, model::Validity::valid) << result.validity_reason;
  EXPECT_EQ(result.drops.total(), 0U);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_FALSE(result.wire.captured);
  EXPECT_GE(evidence.anchors.size(), 2U);
  EXPECT_EQ(evidence.load.front().start, evidence.anchors.front().mono);
}

TEST_F(RunTest, AJudgementIsKeptWithItsRun) {
  TargetThread server;
  const auto outcome = run_plan(small_plan(server.endpoint(), 200, 1s));
  {
    auto reader = store::Reader::open(folder.file());
    ASSERT_TRUE(reader);
    EXPECT_FALSE(reader->result("last"));
  }
  const auto result = judge(folder.file(), outcome.id, nullptr);
  ASSERT_TRUE(result) << result.error().text;
  ASSERT_TRUE(keep_result(folder.file(), *result));
  auto reader = store::Reader::open(folder.file());
  ASSERT_TRUE(reader);
  const auto kept = reader->result(outcome.id);
  ASSERT_TRUE(kept) << kept.error().text;
  EXPECT_EQ(*kept, model::to_json(*result));
  EXPECT_FALSE(judge(folder.file(), "no-such-run", nullptr));
}

TEST_F(RunTest, ARunThatOnlyWatchesNeedsNoLoad) {
  TargetThread server;
  auto plan = small_plan(server.endpoint(), 200, 1s);
  plan.loads.clear();
  run_plan(plan);
  const auto result = judged();
  EXPECT_TRUE(result.load.empty());
  EXPECT_GE(result.probes.at(0).succeeded, 4U);
  EXPECT_EQ(result.run.end, model::RunEnd::completed);
}

TEST_F(RunTest, ABoundOnRequestsEndsTheRun) {
  TargetThread server;
  auto plan = small_plan(server.endpoint(), 1000, 50s);
  plan.loads[0].arrival.max_requests = 300;
  const auto began = clock.mono();
  run_plan(plan);
  EXPECT_LT(clock.mono() - began, 5s);
  const auto result = judged();
  EXPECT_EQ(result.load.at(0).counters.completed, 300U);
  expect_balance(result.load[0]);
}

TEST_F(RunTest, ASignalEndsTheRunWithinASecond) {
  ReplyThread server({.answer = false});
  const auto plan = small_plan(server.endpoint(), 100, 50s);
  std::atomic<std::int64_t> raised{0};
  std::jthread person([&] {
    EXPECT_TRUE(wait_until([&] { return server.requests() >= 5; }));
    raised = clock.mono().time_since_epoch().count();
    signals.raise(SIGTERM);
  });
  const auto outcome = run_plan(plan);
  const auto took = clock.mono().time_since_epoch().count() - raised.load();
  EXPECT_LT(base::Nanos(took), 1s);
  EXPECT_EQ(outcome.end, model::RunEnd::interrupted);
  const auto result = judged();
  EXPECT_EQ(result.run.end, model::RunEnd::interrupted);
  EXPECT_EQ(result.run.end_signal, SIGTERM);
  EXPECT_EQ(result.exit_code, 143);
  expect_balance(result.load.at(0));
  EXPECT_GT(result.load[0].in_flight, 0U);
  EXPECT_GT(result.load[0].oldest_in_flight, 0s);
  EXPECT_GE(result.length, 0s);
}

TEST_F(RunTest, ASignalBeforeTheStartLeavesASoundRun) {
  TargetThread server;
  signals.raise(SIGINT);
  const auto began = clock.mono();
  run_plan(small_plan(server.endpoint(), 100, 50s));
  EXPECT_LT(clock.mono() - began, 1s);
  const auto result = judged();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_GE(result.length, 0s);
  expect_balance(result.load.at(0));
  EXPECT_TRUE(std::is_sorted(evidence.anchors.begin(), evidence.anchors.end(),
                             [](const auto& a, const auto& b) { return a.mono < b.mono; }));
}

TEST_F(RunTest, TheCircuitBreakerStopsTheRun) {
  TargetThread server({.error_share = 1});
  auto plan = small_plan(server.endpoint(), 200, 50s);
  plan.stop_when.errors_above = base::Ratio{0.5};
  plan.stop_when.errors_over = 1s;
  const auto began = clock.mono();
  EXPECT_EQ(run_plan(plan).end, model::RunEnd::stopped);
  EXPECT_LT(clock.mono() - began, 6s);
  const auto result = judged();
  EXPECT_EQ(result.run.end, model::RunEnd::stopped);
  EXPECT_NE(result.run.end_reason.find("errors above 50 %"), std::string::npos);
  EXPECT_EQ(result.load.at(0).counters.error(model::ErrorClass::http_5xx),
            result.load[0].counters.started);
  expect_balance(result.load[0]);
}

TEST_F(RunTest, TheCircuitBreakerWatchesTheProbesToo) {
  auto plan = small_plan(testing::RawServer::refusing(), 50, 50s);
  plan.stop_when.availability_below = base::Ratio{0.5};
  plan.stop_when.availability_over = 1s;
  run_plan(plan);
  const auto result = judged();
  EXPECT_EQ(result.run.end, model::RunEnd::stopped);
  EXPECT_NE(result.run.end_reason.find("availability below 50 %"), std::string::npos);
  EXPECT_EQ(result.probes.at(0).succeeded, 0U);
  EXPECT_GT(result.load.at(0).counters.error(model::ErrorClass::connect), 0U);
  expect_balance(result.load[0]);
}

TEST_F(RunTest, ProgressComesAboutOnceASecond) {
  TargetThread server;
  auto options = options_for(folder.file(), signals);
  std::vector<Progress> seen;
  const auto caller = std::this_thread::get_id();
  options.on_progress = [&](const Progress& p) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    seen.push_back(p);
  };
  ASSERT_TRUE(run(small_plan(server.endpoint(), 200, 3500ms), options, clock));
  ASSERT_GE(seen.size(), 2U);
  EXPECT_LE(seen.size(), 4U);
  const auto& last = seen.back();
  EXPECT_EQ(last.total, 3500ms);
  EXPECT_GT(last.elapsed, 1s);
  EXPECT_NEAR(last.offered_rate, 200, 5);
  EXPECT_NEAR(last.achieved_rate, 200, 40);
  EXPECT_EQ(last.errors, 0U);
  ASSERT_TRUE(last.p50 && last.p99);
  EXPECT_LE(*last.p50, *last.p99);
  ASSERT_EQ(last.probes.size(), 1U);
  EXPECT_EQ(last.probes[0], true);
  EXPECT_LT(last.busy_percent, 100);
}

TEST_F(RunTest, AStoreThatCannotBeOpenedIsAnErrorBeforeAnythingIsSent) {
  ReplyThread server(ReplyThread::Options{});
  const auto outcome = run(small_plan(server.endpoint(), 100, 1s),
                           options_for("/proc/no/such/run.db", signals), clock);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().text.find("/proc/no"), std::string::npos);
  EXPECT_EQ(server.requests(), 0U);
}

TEST_F(RunTest, AnUnknownInterfaceIsAnErrorThatListsTheOthers) {
  ReplyThread server(ReplyThread::Options{});
  auto plan = small_plan(server.endpoint(), 100, 1s);
  plan.sniff.emplace();
  plan.sniff->interface = "no-such-if0";
  const auto outcome = run(plan, options_for(folder.file(), signals), clock);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().text.find("no-such-if0"), std::string::npos);
  if (outcome.error().code != base::Errc::permission) {
    EXPECT_NE(outcome.error().text.find("lo"), std::string::npos) << outcome.error().text;
  }
  EXPECT_EQ(server.requests(), 0U);
  EXPECT_FALSE(std::filesystem::exists(folder.file()));
}

TEST_F(RunTest, CaptureThatIsLeftOutIsSaid) {
  TargetThread server;
  auto plan = small_plan(server.endpoint(), 200, 1s);
  plan.sniff.emplace();
  plan.sniff->interface = "no-such-if0";
  auto options = options_for(folder.file(), signals);
  options.sniff = false;
  ASSERT_TRUE(run(plan, options, clock));
  const auto result = judged();
  EXPECT_FALSE(result.wire.captured);
  ASSERT_FALSE(result.run.notes.empty());
  EXPECT_NE(result.run.notes[0].find("not watched"), std::string::npos);
}

// Where nobody watches the wire, a canary that nobody saw says nothing about the sniffer.
TEST_F(RunTest, NoCanariesWithoutTheWire) {
  TargetThread server;
  auto plan = small_plan(server.endpoint(), 20, 400ms);
  plan.sniff.emplace();
  plan.sniff->interface = "lo";
  plan.canaries = model::CanarySpec{100ms, {9000001}, 0};
  plan.objectives.detection = base::Ratio{0.99};
  auto options = options_for(folder.file(), signals);
  options.sniff = false;
  ASSERT_TRUE(run(plan, options, clock));
  const auto result = judged();
  EXPECT_FALSE(result.detection && result.detection->sent > 0);
  ASSERT_EQ(result.objectives.size(), 1U);
  EXPECT_EQ(result.objectives[0].outcome, model::Outcome::undecided);
}

}  // namespace
}  // namespace rampart::runner
