#include "net/loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "net/timer.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;

struct OnTimer final : Timer::Listener {
  explicit OnTimer(std::function<void()> f) : call(std::move(f)) {}
  void on_timer(Timer&) override { call(); }
  std::function<void()> call;
};

base::MonoTime now() { return base::SystemClock().mono(); }

void spin(base::Nanos length) {
  const auto until = now() + length;
  while (now() < until) {
  }
}

TEST(Loop, ReturnsWhereNothingIsLeft) {
  Loop loop;
  loop.run();
  OnTimer never([] { FAIL(); });
  const Timer idle(loop, never);
  loop.run();
}

TEST(Loop, StopEndsTheRunAndLeavesTheLoopUsable) {
  Loop loop;
  int fired = 0;
  OnTimer stop([&] {
    ++fired;
    loop.stop();
  });
  OnTimer never([] { FAIL(); });
  Timer first(loop, stop);
  Timer hour(loop, never);
  hour.arm(now() + 1h);
  for (int i = 1; i <= 3; ++i) {
    first.arm(now());
    loop.run();
    EXPECT_EQ(fired, i);
  }
}

TEST(Loop, ClosesWithTimersArmedAnHourAhead) {
  OnTimer never([] { FAIL(); });
  Loop loop;
  Timer one(loop, never);
  one.arm(now() + 1h);
  auto gone = std::make_unique<Timer>(loop, never);
  gone->arm(now() + 1h);
  gone.reset();
}

TEST(Loop, WaitingIsNotBusy) {
  Loop loop;
  OnTimer nothing([] {});
  Timer timer(loop, nothing);
  const auto began = now();
  for (int i = 0; i < 5; ++i) {
    timer.arm(now() + 20ms);
    loop.run();
  }
  const auto took = now() - began;
  const auto busy = loop.take_busy();
  EXPECT_GE(took, 100ms);
  EXPECT_LT(busy.busy, took / 10);
  EXPECT_GT(busy.turns.count(), 0U);
}

TEST(Loop, ASpinningCallbackIsBusy) {
  Loop loop;
  OnTimer work([] { spin(20ms); });
  Timer timer(loop, work);
  timer.arm(now() + 5ms);
  loop.run();
  const auto busy = loop.take_busy();
  EXPECT_GE(busy.busy, 20ms);
  const auto again = loop.take_busy();
  EXPECT_LT(again.busy, 20ms);
  EXPECT_EQ(again.turns.count(), 0U);
}

// Asked in the middle of a turn: the time so far counts once, and the turn is told whole at its
// end.
TEST(Loop, ATurnIsWholeWhereItIsAskedInTheMiddle) {
  Loop loop;
  Loop::Busy inside;
  OnTimer work([&] {
    spin(20ms);
    inside = loop.take_busy();
    spin(20ms);
  });
  OnTimer nothing([] {});
  Timer timer(loop, work);
  Timer later(loop, nothing);
  const auto began = now();
  timer.arm(began);
  later.arm(began + 45ms);  // so that the long turn ends in a wait
  loop.run();
  const auto took = now() - began;
  const auto after = loop.take_busy();
  EXPECT_GE(inside.busy, 20ms);
  EXPECT_GE(after.busy, 20ms);
  EXPECT_LE(inside.busy + after.busy, took + 1ms);
  EXPECT_GE(after.turns.max(), 39ms);
}

TEST(LoopDeathTest, AnObjectThatOutlivesItsLoopIsAnError) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  OnTimer never([] {});
  EXPECT_DEATH(
      {
        auto loop = std::make_unique<Loop>();
        Timer timer(*loop, never);
        loop.reset();
      },
      "uv_is_closing");
}

struct Later final : Deferred {
  explicit Later(std::function<void()> f) : call(std::move(f)) {}
  void before_wait() override { call(); }
  std::function<void()> call;
};

TEST(Loop, MakesDeferredCallsOnceBeforeItWaits) {
  Loop loop;
  std::string order;
  Later a([&] { order += "a "; });
  Later b([&] { order += "b "; });
  OnTimer tick([&] {
    loop.before_wait(b);
    loop.before_wait(a);
    loop.before_wait(b);
    order += "timer ";
  });
  OnTimer stop([&] {
    order += "stop ";
    loop.stop();
  });
  Timer first(loop, tick);
  Timer second(loop, stop);
  loop.before_wait(a);  // before it runs
  first.arm(now());
  second.arm(now() + 20ms);
  loop.run();
  EXPECT_EQ(order, "a timer b a stop ");
}

// What is added in a deferred call is due in the next turn: the loop must not wait for an event.
TEST(Loop, ADeferredCallThatAddsItselfIsNotLeftWaiting) {
  Loop loop;
  OnTimer never([] { FAIL(); });
  Timer hour(loop, never);
  hour.arm(now() + 1h);
  struct Again final : Deferred {
    explicit Again(Loop& l) : loop(l) {}
    void before_wait() override {
      if (++calls == 100)
        loop.stop();
      else
        loop.before_wait(*this);
    }
    Loop& loop;
    int calls = 0;
  } again(loop);
  loop.before_wait(again);
  loop.run();
  EXPECT_EQ(again.calls, 100);
}

TEST(Loop, RunsWhileADeferredCallIsLeft) {
  Loop loop;
  OnTimer last([] {});
  Timer timer(loop, last);
  int calls = 0;
  Later second([&] { ++calls; });
  Later first([&] {
    ++calls;
    loop.before_wait(second);
  });
  last.call = [&] { loop.before_wait(first); };
  timer.arm(now() + 1ms);  // when it has fired, nothing else is left
  loop.run();
  EXPECT_EQ(calls, 2);
}

TEST(Loop, ADeferredCallMayAddAndDestroyOthers) {
  Loop loop;
  std::string order;
  int turns = 0;
  OnTimer never([] { FAIL(); });
  Timer hour(loop, never);
  hour.arm(now() + 1h);
  auto gone = std::make_unique<Later>([] { FAIL() << "destroyed before its turn"; });
  OnTimer again([&] {});
  Timer wake(loop, again);
  Later self([&] {});
  self.call = [&] {
    order += "self ";
    gone.reset();
    wake.arm(now());  // it comes again only in the next turn
    if (++turns == 3)
      loop.stop();
    else
      loop.before_wait(self);
  };
  auto once = std::make_unique<Later>([] {});
  once->call = [&] {
    order += "once ";
    once.reset();
  };
  loop.before_wait(*once);
  loop.before_wait(self);
  loop.before_wait(*gone);
  loop.run();
  EXPECT_EQ(order, "once self self self ");
}

}  // namespace
}  // namespace rampart::net
