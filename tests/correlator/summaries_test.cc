#include "correlator/summaries.h"

#include <gtest/gtest.h>

namespace rampart::correlator {
namespace {

using namespace std::chrono_literals;

// 600/s for 5 s, and 360 ms more until the last answers had come.
TEST(Summaries, TheAskedRateIsOverTheScheduleAlone) {
  model::Evidence e;
  e.plan.targets.emplace_back().name = "web";
  auto& spec = e.plan.loads.emplace_back();
  spec.arrival.stages = {{base::Rps{600}, base::Rps{600}, 5s}};
  spec.arrival.duration = 5s;
  auto& second = e.load.emplace_back();
  second.start = base::MonoTime{1s};
  second.length = 5s + 360ms;
  auto& total = e.load_totals.emplace_back();
  total.counters.offered = total.counters.started = total.counters.completed = 3000;
  const auto list = summarise_loads(e);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_NEAR(list[0].asked_rate, 600, 1e-6);
  EXPECT_NEAR(list[0].rate, 3000 / 5.36, 1e-6);
}

// A run that was stopped early was asked for less.
TEST(Summaries, AStoppedRunIsMeasuredByWhatItReached) {
  model::Evidence e;
  e.plan.targets.emplace_back().name = "web";
  auto& spec = e.plan.loads.emplace_back();
  spec.arrival.stages = {{base::Rps{0}, base::Rps{100}, 10s}};
  spec.arrival.duration = 10s;
  auto& second = e.load.emplace_back();
  second.start = base::MonoTime{1s};
  second.length = 5s;
  e.load_totals.emplace_back();
  EXPECT_NEAR(summarise_loads(e).at(0).asked_rate, 25, 1e-6);
}

TEST(Summaries, WhatScrapesSawAndWhyTheyFailed) {
  model::Evidence e;
  e.plan.scrapes.resize(2);
  e.plan.scrapes[0].name = "node";
  e.page_totals = {{.series = 3, .gone = 2}, {}};
  const auto add = [&](model::ProbeReason reason, std::string detail) {
    e.scrapes.push_back({.scrape = 0,
                         .start = {},
                         .up = reason == model::ProbeReason::none,
                         .reason = reason,
                         .detail = std::move(detail),
                         .samples = {}});
  };
  using model::ProbeReason;
  add(ProbeReason::none, "");
  add(ProbeReason::none, "");
  add(ProbeReason::reset, "torn");
  add(ProbeReason::protocol, "line 3");
  add(ProbeReason::protocol, "line 4");
  add(ProbeReason::local, "stood still");  // tells nothing of the page
  const auto list = summarise_up(e);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].scrapes, 5U);
  EXPECT_EQ(list[0].succeeded, 2U);
  EXPECT_EQ(list[0].series, 3U);
  EXPECT_EQ(list[0].gone, 2U) << "evidence need not hold the samples";
  EXPECT_EQ(list[0].reasons, (std::vector<std::pair<std::string, std::uint64_t>>{
                                 {"protocol", 2}, {"local", 1}, {"reset", 1}}));
  EXPECT_EQ(list[0].why, "line 3");
  EXPECT_EQ(list[1].scrapes, 0U);
  EXPECT_TRUE(list[1].reasons.empty());
}

// Nothing recorded is no fault, but hardly what was meant.
TEST(Summaries, ASourceThatGivesNothingIsRemarked) {
  model::Evidence e;
  e.plan.scrapes.resize(4);
  e.plan.scrapes[1].keep = {"nosuch_metric"};
  e.plan.scrapes[2].source = model::ScrapeSpec::Source::prometheus;
  e.plan.scrapes[2].select = "job=\"nosuch\"";
  e.page_totals = {{.series = 1, .gone = 0}, {}, {}, {}};
  for (std::uint32_t i = 0; i < 3; ++i)
    e.scrapes.push_back({.scrape = i, .start = {}, .up = true, .detail = {}, .samples = {}});
  const auto list = summarise_up(e);
  EXPECT_EQ(list[0].why, "");
  EXPECT_EQ(list[1].why, "the page has none of the metrics of keep, so nothing is recorded");
  EXPECT_EQ(list[2].why,
            "nothing that the server stored matches select and is one of the usual metrics");
  EXPECT_EQ(list[3].why, "") << "it was never read";
}

// Of a replay the file says what was asked for, also where less than that was offered.
TEST(Summaries, AReplayAsksForItsCountOverTheDuration) {
  model::Evidence e;
  e.plan.targets.emplace_back().name = "web";
  auto& spec = e.plan.loads.emplace_back();
  spec.arrival.replay = {0s, 1s, 1s, 2s, 7s, 11s};
  spec.arrival.duration = 10s;
  auto& second = e.load.emplace_back();
  second.start = base::MonoTime{1s};
  second.length = 10s;
  auto& total = e.load_totals.emplace_back();
  total.counters.offered = 3;
  EXPECT_NEAR(summarise_loads(e).at(0).asked_rate, 0.5, 1e-9);
  second.length = 2s;  // stopped early
  EXPECT_NEAR(summarise_loads(e).at(0).asked_rate, 1.5, 1e-9);
}

TEST(Summaries, AFlowKeepsItsSteps) {
  model::Evidence e;
  e.plan.targets.emplace_back().name = "web";
  auto& spec = e.plan.loads.emplace_back();
  spec.steps.resize(2);
  spec.steps[1].name = "POST /login";
  auto& total = e.load_totals.emplace_back();
  total.steps.resize(2);
  total.steps[1].counters.started = 5;
  total.steps[1].counters.completed = 3;
  total.steps[1].counters.failed = 1;
  model::LoadSecond second;
  second.length = std::chrono::seconds(2);
  e.load.push_back(second);
  EXPECT_DOUBLE_EQ(summarise_loads(e).at(0).flow_rate, 1.5);
  const auto steps = summarise_loads(e).at(0).steps;
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[1].name, "POST /login");
  EXPECT_EQ(steps[1].in_flight, 1U);
}

}  // namespace
}  // namespace rampart::correlator
