#include "probe/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

constexpr base::MonoTime at(base::Nanos t) { return base::MonoTime(t); }

TEST(Schedule, FixedRateUntilTheEnd) {
  Schedule s(at(10ms), 100ms, at(311ms));
  EXPECT_FALSE(s.take(at(9ms), false));
  std::vector<base::MonoTime> starts;
  while (const auto due = s.next()) {
    starts.push_back(*due);
    EXPECT_TRUE(s.take(*due + 3ms, false));  // a late wake-up does not move the later starts
  }
  EXPECT_EQ(starts, (std::vector{at(10ms), at(110ms), at(210ms), at(310ms)}));
  EXPECT_FALSE(s.take(at(1h), false));
  EXPECT_EQ(s.late(), 0U);
  EXPECT_EQ(s.skipped(), 0U);
}

TEST(Schedule, TheEndIsExclusive) {
  Schedule s(at(0ms), 100ms, at(100ms));
  EXPECT_TRUE(s.take(at(0ms), false));
  EXPECT_FALSE(s.next());
  EXPECT_FALSE(s.take(at(100ms), false));
  EXPECT_FALSE(Schedule(at(5ms), 1ms, at(5ms)).next());
}

TEST(Schedule, OneLateStartWaits) {
  Schedule s(at(0ms), 100ms, at(1s));
  EXPECT_TRUE(s.take(at(0ms), false));
  EXPECT_FALSE(s.take(at(100ms), true));
  EXPECT_TRUE(s.waiting());
  EXPECT_EQ(s.late(), 1U);
  EXPECT_TRUE(s.take_waiting());
  EXPECT_FALSE(s.take_waiting());
  EXPECT_EQ(s.next(), at(200ms));
  EXPECT_EQ(s.skipped(), 0U);
}

TEST(Schedule, FurtherStartsAreSkippedAndCounted) {
  Schedule s(at(0ms), 100ms, at(1s));
  EXPECT_TRUE(s.take(at(0ms), false));
  EXPECT_FALSE(s.take(at(100ms), true));
  EXPECT_FALSE(s.take(at(200ms), true));
  EXPECT_FALSE(s.take(at(350ms), true));
  EXPECT_EQ(s.late(), 1U);
  EXPECT_EQ(s.skipped(), 2U);
  EXPECT_EQ(s.next(), at(400ms));
  EXPECT_TRUE(s.take_waiting());
}

TEST(Schedule, AStalledThreadTakesOneStartAndCountsTheRest) {
  Schedule s(at(0ms), 100ms, at(1s));
  EXPECT_TRUE(s.take(at(350ms), false));
  EXPECT_EQ(s.skipped(), 3U);
  EXPECT_EQ(s.next(), at(400ms));
  Schedule busy(at(0ms), 100ms, at(1s));
  EXPECT_FALSE(busy.take(at(350ms), true));
  EXPECT_EQ(busy.late(), 1U);
  EXPECT_EQ(busy.skipped(), 3U);
}

// started + waiting + skipped = all that came due, whatever happened.
TEST(Schedule, NothingIsLost) {
  for (const auto check : {1ms, 30ms, 100ms, 101ms, 250ms, 999ms}) {
    Schedule s(at(7ms), 100ms, at(5s));
    std::uint64_t started = 0;
    bool busy = false;
    base::MonoTime done{};
    for (auto now = at(0ms); now < at(6s); now += 1ms) {
      if (busy && now >= done) busy = false;
      bool begin = !busy && s.take_waiting();
      begin |= s.take(now, busy || begin);
      if (!begin) continue;
      ++started;
      busy = true;
      done = now + check;
    }
    EXPECT_EQ(started + s.skipped() + (s.waiting() ? 1 : 0), 50U) << base::millis(check);
  }
}

TEST(Schedule, OffsetsSpread) {
  EXPECT_EQ(Schedule::offset(0, 4, 100ms), 0ms);
  EXPECT_EQ(Schedule::offset(1, 4, 100ms), 25ms);
  EXPECT_EQ(Schedule::offset(3, 4, 100ms), 75ms);
  EXPECT_EQ(Schedule::offset(1, 2, 1min), 500ms);
  EXPECT_EQ(Schedule::offset(999, 1000, 1min), 999ms);
  EXPECT_EQ(Schedule::offset(9999, 10000, 1min), 9'999ms);
  EXPECT_EQ(Schedule::offset(9999, 10000, 5s), 4'999'500us);
}

}  // namespace
}  // namespace rampart::probe
