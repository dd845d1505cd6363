// Capacity searches on loopback, from the plan to the stored and judged result.
#include "runner/find.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <thread>

#include "model/trial.h"
#include "store/reader.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using model::SearchEnd;
using testing::TargetThread;
using namespace std::chrono_literals;

class FindTest : public ::testing::Test {
 protected:
  // A search on small_plan's load: steps of two seconds, of which one is judged.
  model::Plan searching(const base::Endpoint& at, double from, double most) {
    auto plan = small_plan(at, 1, 1s);
    model::FindSpec find;
    find.from = base::Rps{from};
    find.most = base::Rps{most};
    find.precision = base::Ratio{0.5};
    find.step = 2s;
    find.repeats = 1;
    find.limits.errors = base::Ratio{0.01};
    plan.duration = model::longest(find);
    plan.loads[0].arrival = {};
    plan.loads[0].arrival.duration = plan.duration;
    plan.find = find;
    return plan;
  }
  RunOutcome run_plan(const model::Plan& plan, RunOptions options) {
    auto outcome = run(plan, options, clock);
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

TEST_F(FindTest, TrialsAreHeldJudgedAndKept) {
  TargetThread server;
  auto plan = searching(server.endpoint(), 40, 60);
  plan.workers = 2;
  std::uint32_t shown = 0;
  auto options = options_for(folder.file(), signals);
  options.on_progress = [&](const Progress& progress) {
    ASSERT_TRUE(progress.search);
    shown = std::max(shown, progress.search->trial);
  };
  EXPECT_EQ(run_plan(plan, options).end, model::RunEnd::completed);
  const auto result = judged();
  ASSERT_TRUE(result.capacity);
  const auto& c = *result.capacity;
  EXPECT_EQ(c.ended, SearchEnd::at_most) << c.reason;
  EXPECT_EQ(c.rate, 60);
  EXPECT_EQ(result.exit_code, 0);
  ASSERT_EQ(c.trials.size(), 2U);
  EXPECT_EQ(shown, 2U);
  // One judged second each, even arrivals.
  EXPECT_EQ(c.trials[0].trial.offered, 40U);
  EXPECT_EQ(c.trials[1].trial.offered, 60U);
  EXPECT_NEAR(static_cast<double>(c.trials[1].trial.completed), 60, 3);
  EXPECT_GT(c.trials[0].trial.p99, base::Nanos(0));
  EXPECT_EQ(c.trials[0].judged.to - c.trials[0].judged.from, 1s);
  EXPECT_GE(c.trials[1].judged.from, c.trials[0].judged.to + 1s) << "its own warm-up";
  ASSERT_EQ(result.load.size(), 1U);
  expect_balance(result.load[0]);
  EXPECT_EQ(result.load[0].counters.offered, 84U + 126U) << "steps of 2 s and 100 ms after each";
  EXPECT_FALSE(evidence.probes.empty());
}

TEST_F(FindTest, WhatTheServerCannotKeepIsMissed) {
  TargetThread server({.queue = {.service_time = 10ms, .servers = 1}});  // 100/s
  EXPECT_EQ(
      run_plan(searching(server.endpoint(), 60, 240), options_for(folder.file(), signals)).end,
      model::RunEnd::completed);
  const auto result = judged();
  ASSERT_TRUE(result.capacity);
  const auto& c = *result.capacity;
  EXPECT_EQ(c.ended, SearchEnd::found) << c.reason;
  EXPECT_EQ(c.rate, 60);
  EXPECT_EQ(c.high, 120);
  EXPECT_EQ(result.exit_code, 0);
  expect_balance(result.load.at(0));
  // Judged again, the answer is the same.
  const auto again = judged();
  EXPECT_EQ(again.capacity->rate, c.rate);
  EXPECT_EQ(again.capacity->reason, c.reason);
}

TEST_F(FindTest, TheRateOfAFlowCountsFlowsAndSoDoItsTrials) {
  TargetThread server;
  auto plan = searching(server.endpoint(), 30, 30);
  plan.find->step = 4s;
  auto& load = plan.loads[0];
  load.flow = true;
  load.steps.resize(3);
  for (auto& step : load.steps) step.request.path = "/";
  plan.duration = load.arrival.duration = model::longest(*plan.find);
  int shown = 0;
  auto options = options_for(folder.file(), signals);
  options.on_progress = [&](const Progress& progress) {
    if (progress.second < progress.search->began) return;
    ++shown;
    EXPECT_EQ(progress.search->rate.per_second, 30);
    EXPECT_NEAR(progress.offered_rate, 30, 1);
    EXPECT_NEAR(progress.achieved_rate, 30, 5);
  };
  EXPECT_EQ(run_plan(plan, options).end, model::RunEnd::completed);
  EXPECT_GE(shown, 1);
  const auto result = judged();
  ASSERT_TRUE(result.capacity);
  EXPECT_TRUE(result.capacity->flows);
  EXPECT_EQ(result.capacity->rate, 30);
  ASSERT_EQ(result.capacity->trials.size(), 1U);
  const auto& trial = result.capacity->trials[0].trial;
  EXPECT_EQ(trial.offered, 90U) << "three judged seconds";
  EXPECT_NEAR(static_cast<double>(trial.completed), 90, 3);
  EXPECT_EQ(trial.failed, 0U);
  EXPECT_GT(result.load.at(0).counters.completed, 300U) << "requests";
  expect_balance(result.load.at(0));
}

TEST_F(FindTest, ASignalLeavesWhatWasFoundSoFar) {
  TargetThread server;
  auto options = options_for(folder.file(), signals);
  options.on_progress = [&](const Progress& progress) {
    if (progress.search->trial == 2) signals.raise(SIGINT);
  };
  EXPECT_EQ(run_plan(searching(server.endpoint(), 40, 4000), options).end,
            model::RunEnd::interrupted);
  const auto result = judged();
  ASSERT_TRUE(result.capacity);
  EXPECT_EQ(result.capacity->ended, SearchEnd::interrupted);
  EXPECT_EQ(result.capacity->rate, 40);
  EXPECT_EQ(result.capacity->trials.size(), 1U);
  EXPECT_EQ(result.exit_code, 130);
  expect_balance(result.load.at(0));
}

TEST_F(FindTest, WhatTheFirstTrialCannotOpenIsKnownBeforeAnythingIsSent) {
  TargetThread server;
  auto plan = searching(server.endpoint(), 40, 60);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.ca_file = folder.file("missing.pem");
  const auto outcome = run(plan, options_for(folder.file(), signals), clock);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().text.find("missing.pem"), std::string::npos) << outcome.error().text;
}

}  // namespace
}  // namespace rampart::runner
