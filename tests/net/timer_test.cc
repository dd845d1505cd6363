#include "net/timer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/loop.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;

struct OnTimer final : Timer::Listener {
  explicit OnTimer(std::function<void(Timer&)> f) : call(std::move(f)) {}
  void on_timer(Timer& timer) override { call(timer); }
  std::function<void(Timer&)> call;
};

// Whether a descriptor is left when the timers are made.
enum class Left { descriptors, none };

class TimerOf : public ::testing::TestWithParam<Left> {
 protected:
  TimerOf() { getrlimit(RLIMIT_NOFILE, &before_); }
  ~TimerOf() override { setrlimit(RLIMIT_NOFILE, &before_); }
  // After the loop has its own.
  void limit() {
    const rlimit none{3, before_.rlim_max};
    if (GetParam() == Left::none) {
      ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    }
  }

 private:
  rlimit before_{};
};

INSTANTIATE_TEST_SUITE_P(, TimerOf, ::testing::Values(Left::descriptors, Left::none),
                         [](const auto& of) {
                           return of.param == Left::none ? "WithoutDescriptors" : "WithDescriptors";
                         });

base::MonoTime now() { return base::SystemClock().mono(); }

TEST_P(TimerOf, FiresOnceAndNeverEarly) {
  Loop loop;
  limit();
  std::vector<base::MonoTime> fired;
  OnTimer note([&](Timer&) { fired.push_back(now()); });
  Timer timer(loop, note);
  for (const base::Nanos ahead : {base::Nanos(1), base::Nanos(700), base::Nanos(1'300'007)}) {
    fired.clear();
    const auto due = now() + ahead;
    timer.arm(due);
    loop.run();
    ASSERT_EQ(fired.size(), 1U);
    EXPECT_GE(fired[0], due);
  }
}

TEST_P(TimerOf, FiresAtOnceWhereDueIsPast) {
  Loop loop;
  limit();
  int fired = 0;
  OnTimer note([&](Timer&) { ++fired; });
  Timer timer(loop, note);
  for (const auto due : {base::MonoTime(0ns), base::MonoTime(-5ns), now() - 1h, now()}) {
    timer.arm(due);
    loop.run();
  }
  EXPECT_EQ(fired, 4);
}

// Closer together than a millisecond, armed in another order than due.
TEST(Timer, FireInTheOrderOfTheirDueTimes) {
  Loop loop;
  std::vector<int> order;
  std::array<std::unique_ptr<OnTimer>, 6> notes;
  std::array<std::unique_ptr<Timer>, 6> timers;
  const auto base = now() + 5ms;
  for (const int i : {3, 0, 5, 1, 4, 2}) {
    const auto at = static_cast<std::size_t>(i);
    notes[at] = std::make_unique<OnTimer>([&order, i](Timer&) { order.push_back(i); });
    timers[at] = std::make_unique<Timer>(loop, *notes[at]);
    timers[at]->arm(base + i * 300us);
  }
  loop.run();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5}));
}

TEST_P(TimerOf, ArmingAgainReplacesTheDueTime) {
  Loop loop;
  limit();
  int fired = 0;
  OnTimer note([&](Timer&) { ++fired; });
  Timer timer(loop, note);
  timer.arm(now() + 1h);
  timer.arm(now() + 1ms);
  loop.run();
  EXPECT_EQ(fired, 1);
}

// Also where the time that does not count any more comes first.
TEST_P(TimerOf, PutOffFiresAtItsLastDueTimeAlone) {
  Loop loop;
  limit();
  std::vector<base::MonoTime> fired;
  OnTimer note([&](Timer&) { fired.push_back(now()); });
  Timer timer(loop, note);
  for (const bool disarmed : {false, true}) {
    fired.clear();
    timer.arm(now() + 1ms);
    if (disarmed) timer.disarm();
    const auto due = now() + 4ms;
    timer.arm(now() + 2ms);
    timer.arm(due);
    loop.run();
    ASSERT_EQ(fired.size(), 1U);
    EXPECT_GE(fired[0], due);
  }
}

TEST_P(TimerOf, DisarmedIsSilentWhereTheLoopGoesOn) {
  Loop loop;
  limit();
  OnTimer never([](Timer&) { FAIL(); });
  int fired = 0;
  OnTimer note([&](Timer&) { ++fired; });
  Timer timer(loop, never);
  Timer other(loop, note);
  timer.arm(now() + 1ms);
  timer.disarm();
  other.arm(now() + 5ms);
  loop.run();
  EXPECT_EQ(fired, 1);
}

TEST_P(TimerOf, MayArmItselfInItsOwnCallback) {
  Loop loop;
  limit();
  int fired = 0;
  OnTimer again([&](Timer& timer) {
    if (++fired < 1000) timer.arm(now());
  });
  Timer timer(loop, again);
  timer.arm(now());
  loop.run();
  EXPECT_EQ(fired, 1000);
}

TEST_P(TimerOf, DisarmedDoesNotFireAndHoldsNothing) {
  Loop loop;
  limit();
  OnTimer never([](Timer&) { FAIL(); });
  Timer timer(loop, never);
  timer.arm(now() + 1h);
  timer.disarm();
  timer.disarm();
  loop.run();
}

// Both are due when the loop looks; whichever comes first silences the other.
TEST_P(TimerOf, DisarmedByAnotherTimerOfTheSameTurn) {
  Loop loop;
  limit();
  int fired = 0;
  Timer* other_of_a = nullptr;
  Timer* other_of_b = nullptr;
  OnTimer on_a([&](Timer&) {
    ++fired;
    other_of_a->disarm();
  });
  OnTimer on_b([&](Timer&) {
    ++fired;
    other_of_b->disarm();
  });
  Timer a(loop, on_a);
  Timer b(loop, on_b);
  other_of_a = &b;
  other_of_b = &a;
  a.arm(now());
  b.arm(now());
  loop.run();
  EXPECT_EQ(fired, 1);
}

TEST_P(TimerOf, MayBeDestroyedInItsOwnCallbackAndInAnothers) {
  Loop loop;
  limit();
  std::unique_ptr<Timer> a;
  std::unique_ptr<Timer> b;
  int fired = 0;
  OnTimer destroy([&](Timer&) {
    ++fired;
    a.reset();
    b.reset();
  });
  a = std::make_unique<Timer>(loop, destroy);
  b = std::make_unique<Timer>(loop, destroy);
  a->arm(now());
  b->arm(now());
  loop.run();
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace rampart::net
