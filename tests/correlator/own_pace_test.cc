// Slow clients on purpose: what their own pace does to a load is not the server's doing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::LoadError;
using model::State;

// A load none of whose requests ends within the run; `well` probes say that others are served.
model::Evidence unanswered(bool paced, bool well) {
  Scene scene(6, 20);
  scene.load(5, 400).hang(0, 20);
  auto e = scene.evidence();
  if (paced) e.plan.loads[0].pace.write = 10;
  if (well) e.probes = Scene(6, 20).evidence().probes;
  return e;
}

TEST(OwnPace, ASilentLoadIsAHang) {
  const auto r = conclude(unanswered(false, false));
  EXPECT_EQ(r.verdicts.at(0).cause, Cause::fault_hang) << r.verdicts.at(0).summary;
}

TEST(OwnPace, ASlowClientThatWaitsForItselfIsNot) {
  const auto r = conclude(unanswered(true, true));
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, State::healthy) << r.verdicts[0].summary;
}

// Nobody else looked: then nothing is known.
TEST(OwnPace, AloneItSaysNothingOfTheServer) {
  auto e = unanswered(true, false);
  e.plan.probes.clear();
  e.probes.clear();
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, State::unknown) << r.verdicts[0].summary;
}

// A server that gives up on slow clients guards itself: by 408, by closing, by RST; or the request
// ran into its own timeout.
TEST(OwnPace, WhatTheServerDoesToSlowClientsIsNoFault) {
  for (const auto error :
       {LoadError::http_4xx, LoadError::closed, LoadError::reset, LoadError::timeout}) {
    Scene scene(7, 20);
    auto e = scene.load(50).error_is(error).errors(0, 20, 1).evidence();
    e.plan.loads[0].pace.write = 10;
    e.probes = Scene(7, 20).evidence().probes;
    const auto r = conclude(e);
    ASSERT_EQ(r.verdicts.size(), 1U);
    EXPECT_EQ(r.verdicts[0].state, State::healthy)
        << to_string(error) << ": " << r.verdicts[0].summary;
  }
}

// Refused and HTTP 5xx are the server's own word, at whatever pace it was asked.
TEST(OwnPace, FaultsThatNoPaceMakesAreStillSeen) {
  Scene down(8);
  auto e = down.no_probes().load(50).down(20, 30).evidence();
  e.plan.loads[0].pace.read = 1000;
  EXPECT_EQ(conclude(e).verdicts.at(0).cause, Cause::fault_process_down);
  Scene errors(9);
  e = errors.no_probes().load(50).errors(20, 30, 1).evidence();
  e.plan.loads[0].pace.read = 1000;
  EXPECT_EQ(conclude(e).verdicts.at(0).cause, Cause::fault_http_5xx);
}

// Slow clients that hold every place of a server starve everybody else: others get no answer, as
// from a process that hangs. Only a time at which as many were held and all was well tells the two
// apart.
TEST(OwnPace, SlowClientsThatStarveOthersAreOurOwnLoad) {
  Scene scene(10);
  auto e = scene.load(5, 4000).hang(10, 60).evidence();
  e.plan.loads[0].pace.write = 10;
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::overload_self) << r.verdicts[0].summary;
  EXPECT_THAT(r.verdicts[0].summary, testing::HasSubstr("slow clients"));
}

// A server without places left may also close what it has just accepted.
TEST(OwnPace, OthersThatAreTurnedAwayWereStarvedToo) {
  Scene scene(12);
  auto e = scene.load(5, 4000).reason(10, 60, model::ProbeReason::reset).hang(10, 60).evidence();
  e.plan.loads[0].pace.write = 10;
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::overload_self) << r.verdicts[0].summary;
}

TEST(OwnPace, AHangWhileAsManySlowClientsWereServedBeforeIsAHang) {
  Scene scene(11);
  auto e = scene.load(5, 4000).hang(30, 40).evidence();
  e.plan.loads[0].pace.write = 10;
  for (auto& s : e.load) s.in_flight = 50;
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::fault_hang) << r.verdicts[0].summary;
}

}  // namespace
}  // namespace rampart::correlator
