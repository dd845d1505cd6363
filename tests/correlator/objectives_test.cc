#include "correlator/objectives.h"

#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "correlator/exit_code.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::Outcome;
using std::chrono::milliseconds;

// `failed` of `sent` probes fail, spread evenly, over an hour.
model::Evidence probed(int sent, int failed) {
  Scene scene(1, 3600);
  auto& e = scene.raw();
  for (int i = 0; i < sent; ++i) {
    model::ProbeResult r;
    r.start = Scene::mono(3600.0 * i / sent);
    r.duration = milliseconds(2);
    r.success =
        (static_cast<long>(i) * failed) / sent == (static_cast<long>(i + 1) * failed) / sent;
    if (!r.success) r.reason = model::ProbeReason::timeout_first_byte;
    e.probes.push_back(r);
  }
  e.plan.objectives.availability = base::Ratio{0.98};
  return e;
}

Outcome availability(const model::Evidence& e) {
  const auto r = conclude(e);
  EXPECT_EQ(r.objectives.size(), 1U);
  return r.objectives.at(0).outcome;
}

// The share of successes, not its inverse: 98.1 % up meets ">= 98%".
TEST(Objectives, AvailabilityIsTheShareOfSuccesses) {
  const auto r = conclude(probed(1000, 19));
  ASSERT_EQ(r.objectives.size(), 1U);
  EXPECT_EQ(r.objectives[0].actual, "98.1%");
  EXPECT_EQ(r.objectives[0].wanted, ">= 98%");
  EXPECT_EQ(r.objectives[0].outcome, Outcome::met);
  EXPECT_DOUBLE_EQ(r.probes[0].availability, 0.981);
  EXPECT_EQ(availability(probed(1000, 981)), Outcome::missed);
  EXPECT_EQ(availability(probed(1000, 21)), Outcome::missed);
}

TEST(Objectives, DigitsAreThoseThatTheIntervalSupports) {
  struct Case {
    int sent, failed;
    double wanted;
    const char *actual, *wanted_text;
  };
  const Case cases[] = {{101, 18, 0.5, "82%", ">= 50%"},
                        {1000, 19, 0.98, "98.1%", ">= 98%"},
                        {10, 0, 0.98, "100%", ">= 98%"},
                        {10, 10, 0.98, "0%", ">= 98%"},
                        {1000, 1, 0.5, "99.9%", ">= 50%"},
                        // 81.98 % is not 82 %, and 99.9999 % is not 100 %.
                        {1010, 182, 0.82, "81.98%", ">= 82%"},
                        {100'000, 10, 0.999'999, "99.99%", ">= 99.9999%"}};
  for (const auto& c : cases) {
    auto e = probed(c.sent, c.failed);
    e.plan.objectives.availability = base::Ratio{c.wanted};
    const auto r = conclude(e);
    EXPECT_EQ(r.objectives.at(0).actual, c.actual);
    EXPECT_EQ(r.objectives.at(0).wanted, c.wanted_text);
  }
}

TEST(Objectives, ConfidenceNeedsTheWholeInterval) {
  struct Case {
    int sent, failed;
    Outcome with, without;
  };
  const Case cases[] = {
      {288, 5, Outcome::undecided, Outcome::met},   {1440, 14, Outcome::met, Outcome::met},
      {1440, 20, Outcome::undecided, Outcome::met}, {60, 0, Outcome::undecided, Outcome::met},
      {192, 0, Outcome::met, Outcome::met},         {1000, 60, Outcome::missed, Outcome::missed}};
  for (const auto& c : cases) {
    auto e = probed(c.sent, c.failed);
    EXPECT_EQ(availability(e), c.without) << c.sent << "/" << c.failed;
    e.plan.objectives.confidence = base::Ratio{0.95};
    EXPECT_EQ(availability(e), c.with) << c.sent << "/" << c.failed;
  }
}

TEST(Objectives, EveryProbeHasARow) {
  Scene scene(3);
  scene.tcp_probe().errors(20, 30, 1);
  auto e = scene.evidence();
  e.plan.objectives.availability = base::Ratio{0.98};
  const auto r = conclude(e);
  ASSERT_EQ(r.objectives.size(), 3U);
  EXPECT_EQ(r.objectives[0].target, "all probes");
  EXPECT_EQ(r.objectives[1].target, "web-http");
  EXPECT_EQ(r.objectives[1].outcome, Outcome::missed);
  EXPECT_EQ(r.objectives[2].target, "web-tcp");
  EXPECT_EQ(r.objectives[2].outcome, Outcome::met);
  EXPECT_EQ(r.exit_code, 3);
}

TEST(Objectives, LatencyAndErrorsPerLoad) {
  Scene scene(4);
  scene.load(200).errors(20, 26, 1);
  auto e = scene.evidence();
  e.plan.objectives.latency = {{50, milliseconds(250)}, {99.9, milliseconds(1)}};
  e.plan.objectives.errors = base::Ratio{0.001};
  const auto r = conclude(e);
  ASSERT_EQ(r.objectives.size(), 3U);
  EXPECT_EQ(r.objectives[0].name, "latency p50");
  EXPECT_EQ(r.objectives[0].wanted, "< 250 ms");
  EXPECT_EQ(r.objectives[0].outcome, Outcome::met);
  ASSERT_TRUE(r.objectives[0].ci95);
  EXPECT_LE(r.objectives[0].ci95->low, base::millis(r.load[0].latency.p50));
  EXPECT_GE(r.objectives[0].ci95->high, base::millis(r.load[0].latency.p50));
  EXPECT_EQ(r.objectives[1].name, "latency p99.9");
  EXPECT_EQ(r.objectives[1].outcome, Outcome::missed);
  EXPECT_EQ(r.objectives[2].name, "errors");
  EXPECT_EQ(r.objectives[2].outcome, Outcome::missed);
}

// With 500 requests nothing bounds the 99.9th percentile from above.
TEST(Objectives, ATailThatWasNotSampledIsUndecided) {
  Scene scene(5, 10);
  scene.load(50);
  auto e = scene.evidence();
  e.plan.objectives.latency = {{99.9, milliseconds(250)}};
  EXPECT_EQ(conclude(e).objectives.at(0).outcome, Outcome::met);
  e.plan.objectives.confidence = base::Ratio{0.95};
  const auto r = conclude(e);
  EXPECT_EQ(r.objectives.at(0).outcome, Outcome::undecided);
  EXPECT_EQ(r.exit_code, 6);
}

TEST(Objectives, NoDataIsUndecided) {
  Scene scene(6);
  auto& e = scene.raw();
  e.plan.objectives.availability = base::Ratio{0.98};
  e.plan.objectives.detection = base::Ratio{0.99};
  const auto r = conclude(e);
  ASSERT_EQ(r.objectives.size(), 2U);
  for (const auto& o : r.objectives) {
    EXPECT_EQ(o.outcome, Outcome::undecided);
    EXPECT_EQ(o.actual, "no data");
    EXPECT_FALSE(o.ci95);
  }
}

TEST(Canaries, AreSeenByTheirOwnDetectionInTime) {
  Scene scene(7);
  auto& e = scene.raw();
  e.plan.canaries = model::CanarySpec{};
  e.canaries = {{1, Scene::mono(5), true},
                {1, Scene::mono(10), true},
                {1, Scene::mono(30), true},
                {2, Scene::mono(31), true},
                {1, Scene::mono(50), false}};
  scene.detection(5.1, 1, model::Owner::canary);   // the first
  scene.detection(10.2, 1, model::Owner::canary);  // the second
  scene.detection(10.3, 1, model::Owner::canary);  // the second again: too early for the third
  scene.detection(41.5, 2, model::Owner::canary);  // too late
  scene.detection(50.1, 1, model::Owner::other);
  const auto r = conclude(scene.evidence());
  ASSERT_TRUE(r.detection);
  EXPECT_EQ(r.detection->sent, 4U);
  EXPECT_EQ(r.detection->seen, 2U);
  EXPECT_DOUBLE_EQ(r.detection->recall, 0.5);
  EXPECT_NEAR(base::seconds(r.detection->delay.max), 0.2, 0.001);
}

// A canary that was missed must not take the alert of the next one: with it the delay would be
// the canaries' pace. Nor does the same attack by others, or by the load, show that it was seen.
TEST(Canaries, AMissedOneTakesNoOthersDetection) {
  Scene scene(8);
  auto& e = scene.raw();
  e.plan.canaries = model::CanarySpec{};
  for (int i = 0; i < 4; ++i) e.canaries.push_back({1, Scene::mono(5 + 5 * i), true});
  scene.detection(10.1, 1, model::Owner::canary);
  scene.detection(10.2, 1, model::Owner::canary);
  scene.detection(15.1, 1, model::Owner::canary);
  scene.detection(21.0, 1, model::Owner::other);
  scene.detection(21.0, 1, model::Owner::load);
  const auto r = conclude(scene.evidence());
  ASSERT_TRUE(r.detection);
  EXPECT_EQ(r.detection->sent, 4U);
  EXPECT_EQ(r.detection->seen, 2U);
  EXPECT_NEAR(base::seconds(r.detection->delay.max), 0.1, 0.001);
}

TEST(ExitCode, ALoadWithoutAGoodAnswerIsNoSuccess) {
  model::RunResult r;
  r.validity = model::Validity::valid;
  auto& load = r.load.emplace_back();
  EXPECT_EQ(exit_code(r), 0);  // nothing was sent
  load.counters.started = load.counters.failed = 20;
  EXPECT_EQ(exit_code(r), 6);
  load.counters.completed = 1;
  EXPECT_EQ(exit_code(r), 0);
}

TEST(ExitCode, TheMostSeriousWins) {
  model::RunResult r;
  r.validity = model::Validity::valid;
  EXPECT_EQ(exit_code(r), 0);
  r.objectives.push_back({"a", "", "", "", {}, Outcome::undecided});
  EXPECT_EQ(exit_code(r), 6);
  r.objectives.push_back({"b", "", "", "", {}, Outcome::missed});
  EXPECT_EQ(exit_code(r), 3);
  model::Verdict attack;
  attack.cause = Cause::attack_syn_flood;
  attack.impact = model::Impact::absorbed;
  r.verdicts = {attack};
  EXPECT_EQ(exit_code(r), 3);
  r.verdicts[0].impact = model::Impact::degrading;
  EXPECT_EQ(exit_code(r), 4);
  r.verdicts[0].cause = Cause::fault_hang;
  EXPECT_EQ(exit_code(r), 3);
  r.verdicts[0].cause = Cause::attack_signature;
  r.validity = model::Validity::client_limited;
  EXPECT_EQ(exit_code(r), 5);
  r.run.end = model::RunEnd::interrupted;
  r.run.end_signal = 2;
  EXPECT_EQ(exit_code(r), 130);
  r.run.end_signal = 15;
  EXPECT_EQ(exit_code(r), 143);
  r.run.end = model::RunEnd::failed;
  EXPECT_EQ(exit_code(r), 1);
}

}  // namespace
}  // namespace rampart::correlator
