// How often the right cause is named over random onsets, lengths, probe intervals and loads, and
// how tight the windows are. Found: a verdict with the right cause overlaps the incident. Wrong:
// any other verdict of trouble. Loose: an edge is off by more than a probe interval (a second for
// the load) and a second.
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;

enum class Load { none, low, steady, ramp };

struct Score {
  int incidents = 0, found = 0, wrong = 0, loose = 0;
  std::string misses;
};

void build(Scene& scene, Load load) {
  if (load == Load::low) scene.load(5, 4);
  if (load == Load::steady) scene.load(250);
  if (load == Load::ramp) scene.stages({{20, 700, 100}, {700, 0, 20}});
}

void strike(Scene& scene, Cause cause, double from, double to) {
  if (cause == Cause::fault_process_down) scene.down(from, to);
  if (cause == Cause::fault_hang) scene.hang(from, to);
  if (cause == Cause::fault_slow) scene.slow(from, to, 0.3);
  if (cause == Cause::fault_http_5xx) scene.errors(from, to, 1);
}

void count(Score& score, const model::RunResult& result, Cause cause, double from, double to,
           double tolerance) {
  ++score.incidents;
  bool found = false;
  for (const auto& v : result.verdicts) {
    if (v.state == model::State::healthy) continue;
    const double a = base::seconds(v.window.from);
    const double b = base::seconds(v.window.to);
    const bool right = v.cause == cause && a < to + tolerance && b > from - tolerance;
    const bool loose = std::abs(a - from) > tolerance || std::abs(b - to) > tolerance;
    if (right && !found && loose) ++score.loose;
    if (!right || found) ++score.wrong;
    if (!right || found || loose)
      score.misses += std::string(to_string(cause)) + " " + std::to_string(from) + " to " +
                      std::to_string(to) + ": " + std::string(to_string(v.cause)) + " " +
                      std::to_string(a) + " to " + std::to_string(b) + "\n";
    found = found || right;
  }
  if (found) ++score.found;
}

void run(Score& score, Cause cause, Load load, double interval) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::mt19937_64 random(seed * 7919 + static_cast<std::uint64_t>(cause));
    // Long enough for three probes, or for the load to see it.
    const bool probes_alone = load == Load::none || load == Load::low;
    const double shortest = probes_alone ? std::max(8.0, 3 * interval) : 6;
    const double length = std::uniform_real_distribution<>(shortest, shortest + 20)(random);
    const double from = std::uniform_real_distribution<>(20, 95 - length)(random);
    Scene scene(seed, 120);
    scene.probe_every(interval);
    build(scene, load);
    strike(scene, cause, from, from + length);
    count(score, conclude(scene.evidence()), cause, from, from + length,
          std::max(interval, 1.0) + 1);
  }
}

TEST(Accuracy, OneFaultAtARandomTime) {
  Score score;
  for (const auto cause :
       {Cause::fault_process_down, Cause::fault_hang, Cause::fault_slow, Cause::fault_http_5xx})
    for (const auto load : {Load::none, Load::low, Load::steady, Load::ramp})
      for (const double interval : {0.25, 1.0, 5.0, 10.0}) run(score, cause, load, interval);
  EXPECT_EQ(score.incidents, 512);
  EXPECT_GE(score.found, 507) << score.misses;
  EXPECT_LE(score.wrong, 5) << score.misses;
  EXPECT_LE(score.loose, 5) << score.misses;
  RecordProperty("found", score.found);
}

// False alarms: nothing happens, at any load that the server can carry.
TEST(Accuracy, NothingHappens) {
  for (const auto load : {Load::none, Load::low, Load::steady, Load::ramp})
    for (const double interval : {0.25, 1.0, 5.0, 10.0})
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Scene scene(seed, 120);
        scene.probe_every(interval);
        build(scene, load);
        const auto result = conclude(scene.evidence());
        ASSERT_EQ(result.verdicts.size(), 1U);
        EXPECT_EQ(result.verdicts[0].cause, Cause::none);
      }
}

}  // namespace
}  // namespace rampart::correlator
