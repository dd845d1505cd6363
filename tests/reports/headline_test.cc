#include "reports/headline.h"

#include <gtest/gtest.h>

#include "reports/wording.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

model::Verdict verdict(model::State state, model::Cause cause, model::Impact impact) {
  model::Verdict v;
  v.target = "web";
  v.state = state;
  v.cause = cause;
  v.impact = impact;
  v.window = {1s, 2s};
  return v;
}

TEST(Headline, TheWorstVerdictLeads) {
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
  EXPECT_EQ(headline(r),
            "web was degraded from 1.0 to 2.0 s: attack.syn_flood; and degraded once more");
  r.verdicts.push_back(verdict(down, model::Cause::unknown, model::Impact::none));
  EXPECT_EQ(headline(r),
            "web was down from 1.0 to 2.0 s: the evidence singles out no cause; and degraded 2 "
            "times");
  r.verdicts = {verdict(healthy, model::Cause::none, model::Impact::none)};
  EXPECT_EQ(headline(r), "web was healthy throughout");
}

// This run's own canaries are no attack that a service stays healthy under.
TEST(Headline, ACanaryDoesNotLead) {
  model::RunResult r;
  r.verdicts = {verdict(model::State::healthy, model::Cause::attack_signature, model::Impact::none),
                verdict(model::State::healthy, model::Cause::none, model::Impact::none)};
  r.verdicts[0].actor = model::Actor::own;
  r.verdicts[0].confidence = 0.99;
  EXPECT_EQ(headline(r), "web was healthy throughout");
}

TEST(Headline, HealthyThroughoutMeansThatNothingFailed) {
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

model::RunResult of_targets(
    const std::vector<std::tuple<std::string, model::State, model::Cause>>& verdicts) {
  model::RunResult r;
  for (const auto& [target, state, cause] : verdicts) {
    r.verdicts.push_back(verdict(state, cause, model::Impact::none));
    r.verdicts.back().target = target;
  }
  return r;
}

// What is said holds for all of them, not only for the worst.
TEST(Headline, SpeaksOfEveryTarget) {
  using enum model::State;
  using model::Cause;
  struct Case {
    model::RunResult result;
    std::string text;
    std::size_t troubled;
  };
  const auto down_too = of_targets({{"web", down, Cause::fault_hang},
                                    {"api", degraded, Cause::fault_slow},
                                    {"api", healthy, Cause::none},
                                    {"db", healthy, Cause::none}});
  for (const auto& [result, text, troubled] : {
           Case{down_too,
                "2 of 3 targets had trouble: web was down (fault.hang), api was degraded "
                "(fault.slow)",
                2},
           Case{of_targets({{"web", degraded, Cause::unknown}, {"api", degraded, Cause::unknown}}),
                "web and api were degraded: cause unknown", 2},
           Case{of_targets({{"web", down, Cause::fault_hang}, {"api", healthy, Cause::none}}),
                "web was down from 1.0 to 2.0 s: fault.hang", 1},
           Case{of_targets({{"a", healthy, Cause::none},
                            {"b", healthy, Cause::none},
                            {"c", healthy, Cause::none}}),
                "a, b and c were healthy throughout", 0},
           Case{of_targets({{"a", unknown, Cause::unknown},
                            {"b", unknown, Cause::unknown},
                            {"c", healthy, Cause::none}}),
                "the state of a and b is unknown, the others were healthy", 0},
           Case{of_targets({{"a", down, Cause::fault_hang},
                            {"b", down, Cause::fault_hang},
                            {"c", down, Cause::fault_hang},
                            {"d", down, Cause::fault_hang},
                            {"e", down, Cause::fault_hang}}),
                "a, b, c and 2 others were down: fault.hang", 5},
       }) {
    EXPECT_EQ(headline(result), text);
    EXPECT_EQ(troubled_targets(result), troubled);
  }
}

model::Verdict lasting(model::State state, model::Cause cause, base::Nanos from, base::Nanos to,
                       double confidence) {
  auto v = verdict(state, cause, model::Impact::degrading);
  v.window = {from, to};
  v.confidence = confidence;
  return v;
}

// However sure the other verdicts are; and none is left out.
TEST(Headline, TheLongestOutageLeadsAndTheOthersAreCounted) {
  using enum model::State;
  using model::Cause;
  model::RunResult r;
  r.verdicts = {lasting(down, Cause::fault_hang, 14s, 24s, 0.97),
                lasting(down, Cause::fault_process_down, 34s, 49800ms, 0.85)};
  EXPECT_EQ(headline(r),
            "web was down from 34.0 to 49.8 s: fault.process_down; and another outage");
  std::swap(r.verdicts[0], r.verdicts[1]);
  EXPECT_EQ(headline(r),
            "web was down from 34.0 to 49.8 s: fault.process_down; and another outage");
  r.verdicts = {lasting(down, Cause::fault_hang, 10s, 20s, 0.9),
                lasting(down, Cause::fault_reject, 40s, 50s, 0.5),
                lasting(degraded, Cause::fault_slow, 20s, 40s, 0.9),
                lasting(degraded, Cause::fault_slow, 60s, 65s, 0.9)};
  EXPECT_EQ(
      headline(r),
      "web was down from 40.0 to 50.0 s: fault.reject; and another outage, and degraded 2 times")
      << "of two of one length the later one";
  r.verdicts.push_back(lasting(down, Cause::fault_dns, 1s, 2s, 0.9));
  r.verdicts.back().target = "api";
  EXPECT_EQ(headline(r),
            "2 of 2 targets had trouble: web was down (fault.reject; and another outage, and "
            "degraded 2 times), api was down (fault.dns)");
  EXPECT_EQ(worst_verdict(r)->cause, Cause::fault_reject);
}

// A page that cannot be read is no trouble of a service that is served.
TEST(Headline, MonitoringIsToldApartFromServing) {
  using enum model::State;
  using model::Cause;
  auto r = of_targets({{"mail", degraded, Cause::fault_exporter_down}});
  EXPECT_EQ(headline(r),
            "mail was served throughout, but its metrics pages were unreachable or wrong "
            "(fault.exporter_down)");
  r.probes.resize(1);
  r.probes[0].target = "mail";
  r.probes[0].sent = 60;
  r.probes[0].succeeded = 59;
  EXPECT_EQ(
      headline(r),
      "mail was served, but its metrics pages were unreachable or wrong (fault.exporter_down)");
  EXPECT_EQ(
      headline(of_targets({{"mail", degraded, Cause::fault_exporter_down},
                           {"shop", down, Cause::fault_hang},
                           {"shop", degraded, Cause::fault_exporter_down}})),
      "shop was down from 1.0 to 2.0 s: fault.hang; metrics pages of mail were unreachable or "
      "wrong (fault.exporter_down)");
}

TEST(Headline, AFailureOfAnyTargetIsSaid) {
  auto r = of_targets({{"web", model::State::healthy, model::Cause::none},
                       {"api", model::State::healthy, model::Cause::none}});
  r.probes.resize(1);
  r.probes[0].target = "api";
  r.probes[0].sent = 60;
  r.probes[0].succeeded = 59;
  EXPECT_EQ(headline(r), "web and api were healthy, though not every request was served");
}

}  // namespace
}  // namespace rampart::reports
