#include "reports/figures.h"

#include <gtest/gtest.h>

#include <limits>

#include "reports/wording.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

TEST(Figures, PercentNeverRoundsAFailureAway) {
  const std::pair<double, std::string> cases[] = {
      {1, "100 %"},    {0, "0 %"},         {0.9998, "99.98 %"}, {0.99999, "99.999 %"},
      {0.9, "90.0 %"}, {0.0004, "0.04 %"}, {0.042, "4.2 %"}};
  for (const auto& [ratio, text] : cases) EXPECT_EQ(percent_text(ratio), text);
  EXPECT_EQ(percent_text(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(Figures, Times) {
  EXPECT_EQ(run_time_text(40s), "40.0 s");
  EXPECT_EQ(run_time_text(3723s), "1:02:03");
  EXPECT_EQ(span_text({27s, 31s}), "27.0 to 31.0 s");
  EXPECT_EQ(span_text({90s, 180s}), "0:01:30 to 0:03:00");
  EXPECT_EQ(start_text(base::WallTime(1795224256s)), "2026-11-21 01:24:16 UTC");
}

TEST(Figures, IntervalsOfObjectives) {
  model::ObjectiveResult o;
  o.name = "availability";
  EXPECT_EQ(interval_text(o), "");
  o.ci95 = model::Interval{0.739, 0.945};
  EXPECT_EQ(interval_text(o), "73.9 to 94.5 %");
  o.name = "latency p99";
  o.ci95 = model::Interval{220, 1850};
  EXPECT_EQ(interval_text(o), "220 ms to 1.85 s");
}

TEST(Figures, UnmeasuredIsADash) {
  model::Percentiles none;
  EXPECT_EQ(measured_text(none, none.p99), "-");
  EXPECT_EQ(rate_text(0), "-");
}

TEST(Figures, Grouping) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1\u202f234\u202f567");
}

TEST(Figures, Values) {
  EXPECT_EQ(value_text({"", {}, 1890, "ms", ""}), "1890 ms");
  EXPECT_EQ(value_text({"", {}, 641.25, "/s", ""}), "641/s");
  EXPECT_EQ(value_text({"", {}, 0.125, "%", ""}), "0.125 %");
  EXPECT_EQ(value_text({"", {}, 4, "", ""}), "4");
}

model::Verdict verdict(model::State state, model::Cause cause, model::Impact impact) {
  model::Verdict v;
  v.target = "web";
  v.state = state;
  v.cause = cause;
  v.impact = impact;
  v.window = {1s, 2s};
  return v;
}

TEST(Wording, TheWorstVerdictLeads) {
  using enum model::State;
  model::RunResult r;
  EXPECT_EQ(worst_verdict(r), nullptr);
  r.verdicts = {verdict(healthy, model::Cause::attack_port_scan, model::Impact::absorbed)};
  EXPECT_EQ(headline(r), "web stayed healthy under attack.port_scan from 1.0 to 2.0 s");
  r.verdicts.push_back(verdict(unknown, model::Cause::unknown, model::Impact::none));
  r.verdicts.back().summary = "this host stalled";
  EXPECT_EQ(headline(r), "web: state unknown from 1.0 to 2.0 s, this host stalled");
  r.verdicts.push_back(verdict(degraded, model::Cause::overload_self, model::Impact::none));
  r.verdicts.push_back(verdict(degraded, model::Cause::attack_syn_flood, model::Impact::degrading));
  EXPECT_EQ(headline(r), "web was degraded from 1.0 to 2.0 s: attack.syn_flood");
  r.verdicts.push_back(verdict(down, model::Cause::unknown, model::Impact::none));
  EXPECT_EQ(headline(r), "web was down from 1.0 to 2.0 s: the evidence singles out no cause");
  r.verdicts = {verdict(healthy, model::Cause::none, model::Impact::none)};
  EXPECT_EQ(headline(r), "web was healthy throughout");
}

// This run's own canaries are no attack that a service stays healthy under.
TEST(Wording, ACanaryDoesNotLead) {
  model::RunResult r;
  r.verdicts = {verdict(model::State::healthy, model::Cause::attack_signature, model::Impact::none),
                verdict(model::State::healthy, model::Cause::none, model::Impact::none)};
  r.verdicts[0].actor = model::Actor::own;
  r.verdicts[0].confidence = 0.99;
  EXPECT_EQ(headline(r), "web was healthy throughout");
}

TEST(Wording, HealthyThroughoutMeansThatNothingFailed) {
  model::RunResult r;
  r.verdicts = {verdict(model::State::healthy, model::Cause::none, model::Impact::none)};
  r.probes.resize(2);
  r.probes[0].target = "web";
  r.probes[0].sent = r.probes[0].succeeded = 60;
  r.probes[1].target = "other";
  r.probes[1].sent = 60;
  EXPECT_EQ(headline(r), "web was healthy throughout");
  r.probes[0].succeeded = 58;
  EXPECT_EQ(headline(r), "web was healthy, though not every request was served");
  r.probes.clear();
  r.load.resize(1);
  r.load[0].target = "web";
  r.load[0].counters.failed = 1;
  EXPECT_EQ(headline(r), "web was healthy, though not every request was served");
}

TEST(Wording, EveryCauseHasAMeaning) {
  for (int i = 1; i <= static_cast<int>(model::Cause::unknown); ++i)
    EXPECT_FALSE(cause_meaning(static_cast<model::Cause>(i)).empty()) << i;
}

}  // namespace
}  // namespace rampart::reports
