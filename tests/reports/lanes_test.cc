#include "reports/lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "reports/chart.h"
#include "reports/page_table.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;
using base::MonoTime;
using base::WallTime;

model::Evidence ten_seconds() {
  model::Evidence e;
  e.anchors = {{MonoTime(0s), WallTime(5000s)}};
  e.end = MonoTime(10s);
  e.plan.targets.resize(1);
  return e;
}

Timeline timeline_of(const model::Evidence& e) {
  return reports::timeline_of(model::RunResult(), e);
}

std::vector<std::string> titles_of(const Timeline& timeline) {
  std::vector<std::string> titles;
  for (const auto& lane : timeline.lanes) titles.push_back(lane.title);
  return titles;
}

// Marks that would cover each other are drawn once; the table below the chart counts them all.
TEST(Lanes, AlertsThatAreDrawnOnceAreAllCounted) {
  auto e = ten_seconds();
  for (int i = 0; i < 1000; ++i) {
    model::Detection d;
    d.at = WallTime(5002s) + i * 1us;
    d.sid = static_cast<std::uint32_t>(i);
    e.detections.push_back(d);
  }
  const auto timeline = timeline_of(e);
  ASSERT_EQ(timeline.lanes.size(), 1U);
  ASSERT_EQ(timeline.lanes[0].marks.size(), 1U);
  EXPECT_EQ(timeline.lanes[0].marks[0].text, "sid 1:0: , and 999 more");
  const auto tables = timeline_page_tables(timeline);
  ASSERT_EQ(tables.size(), 1U);
  std::uint64_t sum = 0;
  for (const auto& row : tables[0].rows) sum += std::stoul(row.at(1).text);
  EXPECT_EQ(sum, 1000U);
}

// Its later reports take the place of the first.
TEST(Lanes, AnAttackThatIsReportedAgainIsOneAlert) {
  auto e = ten_seconds();
  for (const auto phase :
       {model::BehaviourPhase::begin, model::BehaviourPhase::update, model::BehaviourPhase::end}) {
    auto b = std::make_shared<model::Behaviour>();
    b->phase = phase;
    model::Detection d;
    d.at = WallTime(5002s) + 2s * static_cast<int>(phase);
    d.gid = model::kBehaviourGid;
    d.sid = 1;
    d.msg = "SYN flood";
    d.behaviour = std::move(b);
    e.detections.push_back(d);
  }
  model::Detection rule;
  rule.at = WallTime(5008s);
  rule.sid = 1;
  rule.msg = "a rule of that sid";
  e.detections.push_back(rule);
  const auto timeline = timeline_of(e);
  ASSERT_EQ(timeline.lanes.size(), 1U);
  ASSERT_EQ(timeline.lanes[0].marks.size(), 2U);
  EXPECT_EQ(timeline.lanes[0].marks[0].text, "sid 1000:1: SYN flood");
  EXPECT_EQ(timeline.lanes[0].marks[1].text, "sid 1:1: a rule of that sid");
  const auto table = stranger_page_table(e);
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].at(0).text, "1:1");
  EXPECT_EQ(table.rows[1].at(0).text, "1000:1");
  EXPECT_EQ(table.rows[1].at(4).text, "1") << "not its three reports";
}

// Two pages may have a series of one name; they are two lanes, told apart by the page.
TEST(Lanes, OneSeriesOnTwoPagesIsTwoLanes) {
  auto e = ten_seconds();
  e.plan.scrapes.resize(2);
  e.plan.scrapes[0].name = "left";
  e.plan.scrapes[1].name = "right";
  for (std::uint32_t page = 0; page < 2; ++page) {
    e.plan.scrapes[page].interval = 5s;
    for (int s = 0; s < 10; s += 5)
      e.scrapes.push_back({.scrape = page,
                           .start = MonoTime(std::chrono::seconds(s)),
                           .up = true,
                           .detail = {},
                           .samples = {{"queue", page == 0 ? 1.0 : -7.0},
                                       {"left", 1.0, true}}});  // is gone, and no lane
  }
  const auto timeline = timeline_of(e);
  EXPECT_EQ(titles_of(timeline),
            (std::vector<std::string>{"up left", "up right", "queue of left", "queue of right"}));
  ASSERT_EQ(timeline.lanes[2].series.at(0).samples.size(), 2U);
  EXPECT_EQ(timeline.lanes[2].series[0].samples[0].value, 1);
  // A value below zero is a value, in the table and on the axis.
  const auto rows = timeline_page_tables(timeline).at(0).rows;
  EXPECT_EQ(rows.at(0).at(4).text, "-7");
  EXPECT_NE(draw_timeline(timeline, {.id = "t"}).find(">-7</text>"), std::string::npos);
}

// What a Prometheus server stored counts until the next sample, or until it is gone.
TEST(Lanes, StoredSamplesCountUntilTheNext) {
  auto e = ten_seconds();
  e.plan.scrapes.resize(1);
  e.plan.scrapes[0].name = "prometheus";
  e.plan.scrapes[0].source = model::ScrapeSpec::Source::prometheus;
  e.plan.scrapes[0].interval = 1s;
  e.plan.scrapes[0].every = 5s;
  const auto at = [&](std::chrono::seconds second, std::vector<model::SeriesSample> samples) {
    e.scrapes.push_back({.scrape = 0,
                         .start = MonoTime(second),
                         .up = true,
                         .detail = {},
                         .samples = std::move(samples)});
  };
  at(1s, {{"nginx_up", 1.0}, {"up", 1.0}});
  at(4s, {{"up", 0.0}, {"nginx_up", 1.0, true}});
  at(8s, {{"up", 1.0}});
  const auto timeline = timeline_of(e);
  EXPECT_EQ(titles_of(timeline), (std::vector<std::string>{"up prometheus", "nginx_up", "up"}));
  const auto& word = timeline.lanes[1].series.at(0).samples;
  ASSERT_EQ(word.size(), 1U);
  EXPECT_EQ(word[0].to, 4);
  const auto& up = timeline.lanes[2].series.at(0).samples;
  ASSERT_EQ(up.size(), 3U);
  EXPECT_EQ(up[0].to, 4);
  EXPECT_EQ(up[1].to, 8);
  EXPECT_EQ(up[2].to, 10) << "the end of the run";
}

// Too many to be read: no lane, whatever evidence holds, and a remark that says so.
TEST(Lanes, ManyScrapedSeriesAreLeftOutAndSaid) {
  auto e = ten_seconds();
  e.plan.scrapes.resize(1);
  e.plan.scrapes[0].name = "node";
  e.scrapes.push_back(
      {.scrape = 0, .start = MonoTime(0s), .up = true, .detail = {}, .samples = {}});
  for (std::size_t i = 0; i < model::kFewSeries; ++i)
    e.scrapes[0].samples.push_back({std::to_string(i) + "_up", 1.0});
  auto timeline = timeline_of(e);
  EXPECT_EQ(timeline.lanes.size(), 1 + model::kFewSeries);
  EXPECT_EQ(timeline.remark, "");

  e.all_series = false;  // these are what is left of more
  timeline = timeline_of(e);
  EXPECT_EQ(timeline.lanes.size(), 1 + model::kFewSeries);
  EXPECT_NE(timeline.remark.find("(up, nginx_up and the like)"), std::string::npos);

  e.all_series = true;
  e.scrapes.push_back(e.scrapes[0]);
  e.scrapes[1].samples.push_back({"one_more", 1.0});
  timeline = timeline_of(e);
  EXPECT_EQ(titles_of(timeline), std::vector<std::string>{"up node"});
  EXPECT_NE(timeline.remark.find("at most"), std::string::npos);
}

// The second in which a trial ended was not whole, and its arrivals are no rate.
TEST(Lanes, ASearchAskedForTheRatesOfItsTrials) {
  auto e = ten_seconds();
  e.plan.loads.resize(1);
  e.plan.loads[0].steps.resize(2);
  e.plan.find.emplace().step = 2s;
  for (int trial = 0; trial < 2; ++trial) {
    model::LoadSecond second;
    second.start = MonoTime(4s * trial);
    for (const auto length : {1000ms, 1000ms, 300ms}) {
      second.length = length;
      second.counters.offered = length == 1000ms ? 200 : 20;
      e.load.push_back(second);
      second.start += length;
    }
    model::Trial held;
    held.rate = base::Rps{100.0 * (trial + 1)};
    held.to = MonoTime(4s * trial + 2s);
    e.trials.push_back(held);
  }
  const auto timeline = timeline_of(e);
  const auto& asked = timeline.lanes.at(0).series.at(0);
  ASSERT_EQ(asked.name, "asked");
  ASSERT_EQ(asked.samples.size(), 2U);
  EXPECT_EQ(asked.samples[0].value, 200) << "100 flows of two requests";
  EXPECT_DOUBLE_EQ(asked.samples[1].from, 4);
  EXPECT_DOUBLE_EQ(asked.samples[1].to, 6);
  EXPECT_EQ(asked.samples[1].value, 400);
}

// A check that ran into its timeout is the only one until then; nothing was left unmeasured.
TEST(Lanes, AProbeLongerThanItsIntervalLeavesNoGap) {
  auto e = ten_seconds();
  e.plan.probes.resize(1);
  e.plan.probes[0].interval = 250ms;
  for (int s = 0; s < 10; ++s)
    e.probes.push_back({.start = MonoTime(std::chrono::seconds(s)),
                        .duration = 1s,
                        .reason = model::ProbeReason::timeout_first_byte,
                        .detail = {},
                        .phases = {}});
  const auto timeline = timeline_of(e);
  ASSERT_EQ(timeline.lanes.size(), 1U);
  EXPECT_TRUE(timeline.lanes[0].gaps.empty());
  ASSERT_EQ(timeline.lanes[0].strip.size(), 1U);
  EXPECT_DOUBLE_EQ(timeline.lanes[0].strip[0].to, 10);
}

}  // namespace
}  // namespace rampart::reports
