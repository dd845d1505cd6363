#include "correlator/validity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::Validity;
using std::chrono::milliseconds;

// The client's seconds from `from` to `to`: busy for `busy` of the time, late by `lag` at p99.
void press(model::Evidence& e, double from, double to, milliseconds busy, milliseconds lag) {
  for (auto& c : e.client) {
    if (c.start < Scene::mono(from) || c.start >= Scene::mono(to)) continue;
    c.busy = busy;
    c.schedule_lag_p99 = lag;
    e.client_total.schedule_lag.record(lag, 60);
  }
}

TEST(Validity, AClientThatKeptUpIsValid) {
  Scene scene(1);
  const auto r = conclude(scene.load(300).evidence());
  EXPECT_EQ(r.validity, Validity::valid);
  EXPECT_EQ(r.client.limited_by, "");
  EXPECT_EQ(r.exit_code, 0);
}

TEST(Validity, LateRequestsAreTheClientsFault) {
  Scene scene(2);
  auto e = scene.load(300).evidence();
  press(e, 10, 40, milliseconds(900), milliseconds(60));
  const auto r = conclude(e);
  EXPECT_EQ(r.validity, Validity::client_limited) << r.validity_reason;
  EXPECT_EQ(r.client.limited_by, "cpu");
  EXPECT_EQ(r.exit_code, 5);
}

TEST(Validity, ABusyWorkerThatSendsLessThanAskedIsTheLimit) {
  Scene scene(3);
  auto e = scene.load(300).evidence();
  press(e, 10, 40, milliseconds(990), milliseconds(1));
  EXPECT_EQ(conclude(e).validity, Validity::valid);  // busy, but all was sent
  for (auto& s : e.load) s.counters.started = s.counters.started * 8 / 10;
  const auto r = conclude(e);
  EXPECT_EQ(r.validity, Validity::client_limited) << r.validity_reason;
  EXPECT_EQ(r.client.limited_by, "cpu");
}

TEST(Validity, OneBusySecondIsNot) {
  Scene scene(4);
  auto e = scene.load(300).evidence();
  press(e, 10, 12, milliseconds(1000), milliseconds(80));
  EXPECT_EQ(conclude(e).validity, Validity::valid);
}

TEST(Validity, ClosedLoadIsLimitedByABusyWorker) {
  Scene scene(5);
  auto e = scene.users(16).evidence();
  EXPECT_EQ(conclude(e).validity, Validity::valid);
  press(e, 0, 60, milliseconds(980), milliseconds(1));
  EXPECT_EQ(conclude(e).validity, Validity::client_limited);
}

// Whatever the server does, an idle client stays valid.
TEST(Validity, ASlowServerIsNotTheClientsFault) {
  using Set = void (*)(Scene&);
  const Set sets[] = {
      [](Scene& s) { s.load(300, 16).slow(10, 50, 1); },
      [](Scene& s) { s.load(300).hang(10, 50); },
      [](Scene& s) { s.load(300).down(10, 50); },
      [](Scene& s) { s.load(5000); },
  };
  for (const auto set : sets)
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Scene scene(seed);
      set(scene);
      const auto r = conclude(scene.evidence());
      EXPECT_EQ(r.validity, Validity::valid) << r.validity_reason;
      EXPECT_NE(r.exit_code, 5);
    }
}

// The burst after a hang makes requests late for a moment.
TEST(Validity, TheBurstAfterAHangIsExcused) {
  Scene scene(6);
  auto e = scene.load(300).hang(20, 30).evidence();
  press(e, 30, 32, milliseconds(1000), milliseconds(80));
  EXPECT_EQ(conclude(e).validity, Validity::valid);
}

TEST(Validity, ConnectionsAreNamedWhereTheyWereTheLimit) {
  Scene scene(7);
  const auto r = conclude(scene.load(300, 16).slow(10, 50, 1).evidence());
  EXPECT_EQ(r.client.limited_by, "connections");
  EXPECT_THAT(r.validity_reason, testing::HasSubstr("every connection was busy"));
}

TEST(Validity, TooLittleIsInconclusive) {
  Scene few(8, 10);
  EXPECT_EQ(conclude(few.load(5).evidence()).validity, Validity::inconclusive);
  Scene lost(9);
  auto e = lost.load(300).evidence();
  e.drops.load = 3;
  EXPECT_EQ(conclude(e).validity, Validity::inconclusive);
  Scene nothing(10);
  EXPECT_EQ(conclude(nothing.raw()).validity, Validity::inconclusive);
  Scene probes(11);
  EXPECT_EQ(conclude(probes.evidence()).validity, Validity::valid);
}

// A worker without time makes its own latencies; the server is not blamed.
TEST(Validity, ALimitedClientIsNoOverload) {
  Scene scene(12);
  auto e = scene.load(300).evidence();
  press(e, 20, 50, milliseconds(1000), milliseconds(200));
  for (auto& s : e.load) {
    if (s.start < Scene::mono(20) || s.start >= Scene::mono(50)) continue;
    s.service.p50 = milliseconds(90);
    s.counters.completed /= 2;
    s.counters.started /= 2;
  }
  const auto r = conclude(e);
  EXPECT_EQ(r.validity, Validity::client_limited);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::none) << r.verdicts[0].summary;
}

TEST(Validity, StealIsToldWithTheCpu) {
  Scene scene(13);
  auto e = scene.load(300).evidence();
  for (auto& c : e.client) c.steal = milliseconds(30);
  EXPECT_THAT(conclude(e).validity_reason, testing::Not(testing::HasSubstr("hypervisor")));
  EXPECT_NEAR(conclude(e).client.steal_percent, 3, 1e-9);
  for (auto& c : e.client) c.steal = milliseconds(120);
  const auto kept_up = conclude(e);
  EXPECT_EQ(kept_up.validity, Validity::valid);
  EXPECT_EQ(kept_up.client.limited_by, "");
  EXPECT_THAT(kept_up.validity_reason, testing::HasSubstr("hypervisor took 12 % of the CPU time"));
  press(e, 10, 40, milliseconds(900), milliseconds(60));
  const auto r = conclude(e);
  EXPECT_EQ(r.validity, Validity::client_limited);
  EXPECT_EQ(r.client.limited_by, "cpu");
  EXPECT_THAT(r.validity_reason, testing::HasSubstr("hypervisor took 12 % of the CPU time"));
}

// Only worker 0 measures, and for all.
TEST(Validity, StealCountsOnce) {
  Scene scene(14);
  auto e = scene.load(300).evidence();
  for (auto& c : e.client) c.steal = milliseconds(200);
  const auto alone = e.client;
  for (auto c : alone) {
    c.worker = 1;
    c.steal = base::Nanos(0);
    e.client.push_back(c);
  }
  EXPECT_NEAR(conclude(e).client.steal_percent, 20, 1e-9);
}

// -n 200 of a quick server is over in 50 ms, all of them busy.
TEST(Validity, ARunTooShortToTellIsNotHeldAgainstTheClient) {
  Scene scene(15);
  auto e = scene.users(16).evidence();
  press(e, 0, 60, milliseconds(1000), milliseconds(1));
  e.client.resize(1);
  e.client[0].length = e.client[0].busy = milliseconds(50);
  EXPECT_EQ(conclude(e).validity, Validity::valid);
  e.client[0].length = e.client[0].busy = milliseconds(900);
  EXPECT_EQ(conclude(e).validity, Validity::client_limited);
}

}  // namespace
}  // namespace rampart::correlator
