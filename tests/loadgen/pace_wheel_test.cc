#include "loadgen/pace_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <random>
#include <vector>

#include "tests/support/fake_clock.h"

namespace rampart::loadgen {
namespace {

using base::MonoTime;
using base::Nanos;
using namespace std::chrono_literals;

struct Called final : PaceWheel::Listener {
  void on_turn(PaceWheel::Turn& turn, MonoTime now) override {
    at.push_back(now);
    if (then) then(turn, now);
  }
  std::vector<MonoTime> at;
  std::function<void(PaceWheel::Turn&, MonoTime)> then;
};

// Ticks every 10 ms until `until`, from wherever the clock stands.
void run(PaceWheel& wheel, testing::FakeClock& clock, MonoTime until) {
  while (clock.mono() < until) {
    clock.advance(10ms);
    wheel.tick(clock.mono());
  }
}

TEST(PaceWheel, CallsEachOnceNeverEarlyAndTwoTicksLateAtMost) {
  testing::FakeClock clock;
  clock.advance(12'345'678ns);
  PaceWheel wheel(clock);
  const auto start = clock.mono();
  for (const Nanos due : std::initializer_list<Nanos>{-1s, 0ns, 1ns, 3ms, 10ms, 99ms, 250ms, 629ms,
                                                      630ms, 640ms, 650ms, 2s}) {
    Called called;
    PaceWheel::Turn turn(called);
    const auto asked = clock.mono();
    wheel.ask(turn, asked + due);
    run(wheel, clock, asked + 3s);
    ASSERT_EQ(called.at.size(), 1U) << base::millis(due);
    EXPECT_GE(called.at[0], asked + due);
    EXPECT_LE(called.at[0], std::max(asked + due, asked) + 20ms) << base::millis(due);
  }
  EXPECT_GT(clock.mono(), start);
}

TEST(PaceWheel, ALaterAskReplacesAnEarlierOneAndACancelledTurnIsGone) {
  testing::FakeClock clock;
  PaceWheel wheel(clock);
  Called moved;
  Called cancelled;
  Called destroyed;
  PaceWheel::Turn a(moved);
  PaceWheel::Turn b(cancelled);
  wheel.ask(a, clock.mono() + 50ms);
  wheel.ask(b, clock.mono() + 50ms);
  {
    PaceWheel::Turn c(destroyed);
    wheel.ask(c, clock.mono() + 50ms);
  }
  const auto later = clock.mono() + 300ms;
  wheel.ask(a, later);
  b.cancel();
  b.cancel();
  run(wheel, clock, clock.mono() + 1s);
  ASSERT_EQ(moved.at.size(), 1U);
  EXPECT_GE(moved.at[0], later);
  EXPECT_TRUE(cancelled.at.empty());
  EXPECT_TRUE(destroyed.at.empty());
}

TEST(PaceWheel, ATurnMayAskAgainAndCancelOthersInItsCall) {
  testing::FakeClock clock;
  PaceWheel wheel(clock);
  Called often;
  Called victim;
  PaceWheel::Turn a(often);
  PaceWheel::Turn b(victim);
  often.then = [&](PaceWheel::Turn& turn, MonoTime now) {
    b.cancel();
    if (often.at.size() < 5) wheel.ask(turn, now + 100ms);
  };
  const auto start = clock.mono();
  wheel.ask(a, start + 100ms);
  wheel.ask(b, start + 100ms);
  run(wheel, clock, start + 2s);
  EXPECT_TRUE(victim.at.empty());
  ASSERT_EQ(often.at.size(), 5U);
  EXPECT_GE(often.at.back(), start + 500ms);
  EXPECT_LE(often.at.back(), start + 600ms);
}

TEST(PaceWheel, CatchesUpAfterALongPause) {
  testing::FakeClock clock;
  PaceWheel wheel(clock);
  std::vector<std::unique_ptr<Called>> calls;
  std::vector<std::unique_ptr<PaceWheel::Turn>> turns;
  std::mt19937 random(7);
  std::uniform_int_distribution<int> any(0, 5000);
  for (int i = 0; i < 1000; ++i) {
    calls.push_back(std::make_unique<Called>());
    turns.push_back(std::make_unique<PaceWheel::Turn>(*calls.back()));
    wheel.ask(*turns.back(), clock.mono() + std::chrono::milliseconds(any(random)));
  }
  clock.advance(1h);
  wheel.tick(clock.mono());
  for (const auto& call : calls) EXPECT_EQ(call->at.size(), 1U);
  wheel.tick(clock.mono());
  for (const auto& call : calls) EXPECT_EQ(call->at.size(), 1U);
}

}  // namespace
}  // namespace rampart::loadgen
