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
  EXPECT_EQ(headline(r), "web was degraded from 1.0 to 2.0 s: attack.syn_flood");
  r.verdicts.push_back(verdict(down, model::Cause::unknown, model::Impact::none));
  EXPECT_EQ(headline(r), "web was down from 1.0 to 2.0 s: the evidence singles out no cause");
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
