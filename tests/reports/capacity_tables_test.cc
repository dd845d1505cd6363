#include "reports/capacity_tables.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/html.h"
#include "reports/terminal.h"
#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;
using model::SearchEnd;
using model::TrialOutcome;

void add(model::CapacityResult& c, double rate, base::Nanos p99, const std::string& limited_by = "",
         TrialOutcome outcome = TrialOutcome::missed) {
  auto& tried = c.trials.emplace_back();
  auto& trial = tried.trial;
  tried.judged = {5s * c.trials.size() - 4s, 5s * c.trials.size()};
  trial.rate = base::Rps{rate};
  trial.to = trial.from + 4s;
  trial.offered = static_cast<std::uint64_t>(rate) * 4;
  trial.completed = trial.offered;
  trial.p50 = p99 / 4;
  trial.p99 = p99;
  trial.max = 2 * p99;
  trial.outcome = limited_by.empty() ? TrialOutcome::kept : outcome;
  trial.limited_by = limited_by;
}

model::CapacityResult found() {
  model::CapacityResult c;
  c.load = "browse";
  c.target = "web";
  c.wanted = "p99 < 250 ms, errors < 1 %";
  c.rate = 1980;
  c.high = 2079;
  c.ci95 = {{1950, 2010}};
  c.ended = SearchEnd::found;
  c.reason = "1.98k/s was kept and 2.08k/s was missed, in most of 3 trials each";
  c.length = 71s;
  add(c, 100, 4ms);
  add(c, 3200, 900ms, "p99 900 ms");
  add(c, 1980, 12ms);
  add(c, 2079, 300ms, "p99 300 ms");
  return c;
}

TEST(CapacityTables, OneSentenceForEachEnd) {
  auto c = found();
  EXPECT_EQ(capacity_text(c),
            "capacity: 1,980/s (95 %: 1,950 to 2,010), p99 < 250 ms, errors < 1 % holds up to "
            "there; 4 trials in 71.0 s");
  c.ended = SearchEnd::at_most;
  EXPECT_EQ(capacity_text(c),
            "capacity: at least 1,980/s, p99 < 250 ms, errors < 1 % still holds there; 4 trials in "
            "71.0 s");
  c.ended = SearchEnd::client_limited;
  c.reason = "the load generator was the limit";
  EXPECT_EQ(capacity_text(c),
            "capacity: at least 1,980/s, not found: the load generator was the limit; 4 trials in "
            "71.0 s");
  c.ended = SearchEnd::none_kept;
  c.rate = 0;
  c.reason = "the limits did not hold at 100/s";
  EXPECT_EQ(capacity_text(c),
            "capacity: not found: the limits did not hold at 100/s; 4 trials in 71.0 s");
}

TEST(CapacityTables, TheRateOfAFlowIsThatOfItsFlows) {
  auto c = found();
  c.flows = true;
  EXPECT_TRUE(capacity_text(c).starts_with("capacity: 1,980 flows/s (95 %: ")) << capacity_text(c);
}

TEST(CapacityTables, WithoutAnAnswerThereIsNoLatency) {
  model::CapacityResult c;
  add(c, 100, 4ms);
  add(c, 200, base::Nanos(0), "errors 100 % (connect)");
  c.trials[1].trial.completed = 0;
  c.trials[1].trial.failed = 800;
  const auto text = trial_table(c).render(Painter(false));
  EXPECT_EQ(text.find("0 ns"), std::string::npos) << text;
  EXPECT_NE(text.find("-        -        -  missed"), std::string::npos) << text;
  const auto page = trial_page_table(c);
  for (const std::size_t column : {3U, 4U, 5U}) EXPECT_EQ(page.rows[1][column].text, "-");
  const auto chart = draw_capacity(c, {.id = "x"});
  EXPECT_NE(chart.find("100/s: p50"), std::string::npos);
  EXPECT_EQ(chart.find("200/s: p50"), std::string::npos);
}

TEST(CapacityTables, TrialsStandByRate) {
  const auto text = trial_table(found()).render(Painter(false));
  std::vector<std::size_t> at;
  for (const auto* rate : {"  100/s", "1,980/s", "2,079/s", "3,200/s"})
    at.push_back(text.find(rate));
  for (std::size_t i = 0; i < at.size(); ++i) {
    ASSERT_NE(at[i], std::string::npos) << text;
    if (i == 0) continue;
    EXPECT_LT(at[i - 1], at[i]) << text;
  }
  EXPECT_NE(text.find("missed  p99 900 ms"), std::string::npos) << text;
  EXPECT_EQ(trial_page_table(found()).rows.size(), 4U);
  EXPECT_TRUE(trial_table({}).empty());
}

TEST(CapacityTables, WhatAServerSaysIsEscaped) {
  auto run = sample_run();
  run.result.capacity = found();
  run.result.capacity->target = "<script>\x1b[2J";
  run.result.capacity->reason = "<script>\x1b[2J";
  run.result.capacity->trials[1].trial.limited_by = "<script>\x1b[2J";
  run.result.verdicts.clear();
  const auto page = render_html(run.result, run.evidence);
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_NE(page.find("<h2>Capacity</h2>"), std::string::npos);
  for (const auto& text : {render_terminal(run.result, {}), render_load_summary(run.result, {})}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("1,980/s"), std::string::npos);
  }
}

// Where nothing was answered there is nothing to explain of a chart or an interval.
TEST(CapacityTables, ThePageExplainsWhatItShows) {
  auto run = sample_run();
  run.result.capacity = found();
  const auto whole = render_html(run.result, run.evidence);
  EXPECT_NE(whole.find("Each dot is one trial"), std::string::npos);
  EXPECT_NE(whole.find("profile likelihood"), std::string::npos);
  auto& c = run.result.capacity.emplace();
  c.ended = SearchEnd::none_kept;
  add(c, 100, base::Nanos(0), "no answer at all");
  const auto page = render_html(run.result, run.evidence);
  EXPECT_NE(page.find("<h2>Capacity</h2>"), std::string::npos);
  EXPECT_EQ(page.find("Each dot is one trial"), std::string::npos);
  EXPECT_EQ(page.find("profile likelihood"), std::string::npos);
}

TEST(CapacityTables, TheChartHasADotForEachTrialAndTheBracket) {
  const auto chart = draw_capacity(found(), {.id = "x"});
  std::size_t dots = 0;
  for (auto at = chart.find("class=\"dot "); at != std::string::npos;
       at = chart.find("class=\"dot ", at + 1))
    ++dots;
  EXPECT_EQ(dots, 8U);
  EXPECT_NE(chart.find("class=\"dot p99 missed\""), std::string::npos);
  EXPECT_NE(chart.find("class=\"bracket\""), std::string::npos);
  EXPECT_NE(chart.find("1980/s kept"), std::string::npos);
  EXPECT_EQ(draw_capacity({}, {.id = "x"}), "");
  // One trial, no bracket: still a chart, and no division by nothing.
  model::CapacityResult one;
  add(one, 100, 4ms);
  one.rate = 100;
  EXPECT_EQ(draw_capacity(one, {.id = "x"}).find("nan"), std::string::npos);
}

}  // namespace
}  // namespace rampart::reports
