#include "correlator/capacity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using namespace std::chrono_literals;
using model::SearchEnd;
using model::TrialOutcome;

model::FindSpec spec() {
  model::FindSpec find;
  find.from = base::Rps{100};
  find.most = base::Rps{1e6};
  find.precision = base::Ratio{0.05};
  find.step = 5s;
  find.repeats = 1;
  find.limits.latency = {{99, 250ms}};
  find.limits.errors = base::Ratio{0.01};
  return find;
}

// A run whose load went past the server's 300/s in its last six seconds, recorded as a search.
model::Evidence searched(bool find = true) {
  Scene scene(3, 26);
  scene.capacity(300).stages({{150, 150, 20}, {600, 600, 6}});
  auto e = scene.evidence();
  if (find) e.plan.find = spec();
  return e;
}

void add(model::Evidence& e, double rate, double to, TrialOutcome outcome,
         const char* limited_by = "") {
  model::Trial trial;
  trial.position = static_cast<std::uint32_t>(e.trials.size());
  trial.rate = base::Rps{rate};
  trial.from = Scene::mono(to - 4);
  trial.to = Scene::mono(to);
  trial.outcome = outcome;
  trial.limited_by = limited_by;
  e.trials.push_back(trial);
}

TEST(Capacity, NoSearchNoAnswer) {
  const auto r = conclude(searched(false));
  EXPECT_FALSE(r.capacity);
}

TEST(Capacity, AnOverloadOfTheSearchIsNoVerdict) {
  const auto without = conclude(searched(false));
  EXPECT_TRUE(std::any_of(without.verdicts.begin(), without.verdicts.end(),
                          [](const auto& v) { return v.cause == model::Cause::overload_self; }));

  auto e = searched();
  e.plan.objectives.latency = {{99, 1ms}};
  e.plan.objectives.errors = base::Ratio{1e-9};
  add(e, 100, 10, TrialOutcome::kept);
  add(e, 200, 20, TrialOutcome::kept);
  add(e, 400, 26, TrialOutcome::missed, "p99 2.0 s");
  const auto r = conclude(e);
  ASSERT_TRUE(r.capacity);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, model::State::healthy);
  EXPECT_TRUE(r.objectives.empty()) << "the limits are passed on purpose";
}

TEST(Capacity, ErrorsOfATrialThatWasMissedAreNoVerdictEither) {
  for (const bool recorded : {false, true}) {
    Scene scene(3, 26);
    scene.stages({{150, 150, 26}}).errors(21, 26, 0.5);
    auto e = scene.evidence();
    e.plan.find = spec();
    add(e, 100, 20, TrialOutcome::kept);
    if (recorded) add(e, 200, 26, TrialOutcome::missed, "errors 50 %");
    const auto r = conclude(e);
    EXPECT_EQ(r.verdicts.at(0).state, recorded ? model::State::healthy : model::State::degraded);
  }
}

TEST(Capacity, TroubleThatOutlivesATrialIsAVerdict) {
  Scene scene(3, 60);
  scene.capacity(300).stages({{150, 150, 60}}).down(22, 45);
  auto e = scene.evidence();
  e.plan.find = spec();
  add(e, 100, 10, TrialOutcome::kept);
  add(e, 200, 25, TrialOutcome::missed, "errors 60 %");
  const auto r = conclude(e);
  EXPECT_TRUE(std::any_of(r.verdicts.begin(), r.verdicts.end(), [](const auto& v) {
    return v.cause == model::Cause::fault_process_down;
  }));
}

TEST(Capacity, TheAnswerComesFromTheTrialsAlone) {
  auto e = searched();
  double to = 5;
  const auto next = [&](double rate, bool kept) {
    add(e, rate, to, kept ? TrialOutcome::kept : TrialOutcome::missed, kept ? "" : "p99 1.2 s");
    to += 5;
  };
  next(100, true);
  next(200, true);
  next(400, false);
  next(300, false);
  next(250, true);
  next(275, true);
  next(287.5, true);
  const auto r = conclude(e);
  ASSERT_TRUE(r.capacity);
  const auto& c = *r.capacity;
  EXPECT_EQ(c.ended, SearchEnd::found);
  EXPECT_EQ(c.rate, 287.5);
  EXPECT_EQ(c.high, 300);
  ASSERT_TRUE(c.ci95);
  EXPECT_LE(c.ci95->low, 288);
  EXPECT_GE(c.ci95->high, 299);
  EXPECT_EQ(c.wanted, "p99 < 250 ms, errors < 1 %");
  EXPECT_EQ(c.load, "browse");
  EXPECT_EQ(c.target, "web");
  EXPECT_EQ(c.trials.size(), 7U);
  EXPECT_EQ(c.trials[0].judged.to, 5s);
  EXPECT_EQ(c.length, 35s);
  EXPECT_EQ(r.validity, model::Validity::valid);
  EXPECT_EQ(r.exit_code, 0);
}

TEST(Capacity, ExitCodesOfTheOtherEnds) {
  auto limited = searched();
  add(limited, 100, 5, TrialOutcome::kept);
  for (const double to : {10.0, 15.0})
    add(limited, 200, to, TrialOutcome::client_limited, "connections: every one was busy");
  auto r = conclude(limited);
  EXPECT_EQ(r.capacity->ended, SearchEnd::client_limited);
  EXPECT_EQ(r.validity, model::Validity::client_limited);
  EXPECT_EQ(r.client.limited_by, "connections");
  EXPECT_EQ(r.exit_code, 5);
  EXPECT_EQ(r.capacity->rate, 100);

  auto none = searched();
  add(none, 100, 5, TrialOutcome::missed, "errors 90 %");
  r = conclude(none);
  EXPECT_EQ(r.capacity->ended, SearchEnd::none_kept);
  EXPECT_EQ(r.exit_code, 6);

  auto cut = searched();
  add(cut, 100, 5, TrialOutcome::kept);
  r = conclude(cut);
  EXPECT_EQ(r.capacity->ended, SearchEnd::interrupted);
  EXPECT_EQ(r.capacity->rate, 100);
  EXPECT_EQ(r.exit_code, 6);
  cut.run.end = model::RunEnd::interrupted;
  cut.run.end_signal = 2;
  EXPECT_EQ(conclude(cut).exit_code, 130);
  cut.trials.clear();
  EXPECT_EQ(conclude(cut).capacity->rate, 0);
}

struct Advice {
  std::uint64_t completed;  // of the first rate's requests
  std::uint64_t failed;
  model::LoadError why;
  const char* limited_by;
  const char* reason;
};

TEST(Capacity, WhereTheFirstRateIsMissedTheAdviceFitsTheReason) {
  using enum model::LoadError;
  for (const auto& c : std::vector<Advice>{
           {400, 80, http_5xx, "errors 16.7 % (http_5xx)",
            "the limits did not hold at 100/s, the first rate tried: errors 16.7 % (http_5xx); "
            "start from a lower rate"},
           {0, 400, connect_refused, "errors 100 % (connect)",
            "the server answered nothing as expected at 100/s, the first rate tried: errors 100 % "
            "(connect); see that it runs and listens there"},
           {0, 400, http_4xx, "errors 100 % (http_4xx)",
            "the server answered nothing as expected at 100/s, the first rate tried: errors 100 % "
            "(http_4xx); look at what it answers, and into its log"},
           {0, 400, timeout, "errors 100 % (timeout)",
            "the server answered nothing as expected at 100/s, the first rate tried: errors 100 % "
            "(timeout); see whether it hangs, or whether something drops its packets"},
           {0, 0, timeout, "no answer at all",
            "the server answered nothing as expected at 100/s, the first rate tried: no answer at "
            "all; see whether it hangs"}}) {
    auto e = searched();
    e.load_totals.at(0).counters = {.completed = c.completed, .failed = c.failed};
    e.load_totals.at(0).counters.errors[static_cast<std::size_t>(c.why)] = c.failed;
    add(e, 100, 5, TrialOutcome::missed, c.limited_by);
    e.trials[0].completed = c.completed;
    const auto capacity = conclude(e).capacity;
    ASSERT_TRUE(capacity);
    EXPECT_EQ(capacity->ended, SearchEnd::none_kept);
    EXPECT_EQ(capacity->reason, c.reason);
  }
}

}  // namespace
}  // namespace rampart::correlator
