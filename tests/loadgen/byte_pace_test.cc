#include "loadgen/byte_pace.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace rampart::loadgen {
namespace {

using base::MonoTime;
using base::Nanos;
using namespace std::chrono_literals;

constexpr MonoTime kStart{5h};
constexpr auto kAny = std::numeric_limits<std::size_t>::max();

TEST(BytePace, PiecesAreSegmentsOrAQuarterOfASecondOrOneByte) {
  struct Case {
    std::uint64_t rate;
    Nanos wait;
    std::size_t bytes;
  };
  for (const auto& [rate, wait, bytes] :
       {Case{1, 1s, 1}, Case{2, 500ms, 1}, Case{4, 250ms, 1}, Case{10, 250ms, 2},
        Case{100, 250ms, 25}, Case{1460, 250ms, 365}, Case{14'600, 100ms, 1460},
        Case{1'000'000, 10ms, 10'000}}) {
    BytePace pace(rate);
    pace.restart(kStart);
    EXPECT_EQ(pace.wait(kAny), wait) << rate;
    EXPECT_EQ(pace.take(kStart, kAny), 0U) << rate;
    EXPECT_EQ(pace.take(kStart + wait, kAny), bytes) << rate;
  }
}

// Whatever the moments at which it is asked, the sum is the rate.
TEST(BytePace, KeepsTheRateExactly) {
  for (const std::uint64_t rate : {1U, 3U, 7U, 99U, 1000U, 123'457U})
    for (const Nanos late : {0ms, 1ms, 7ms, 13ms}) {
      BytePace pace(rate);
      pace.restart(kStart);
      auto now = kStart;
      std::uint64_t sum = 0;
      while (now < kStart + 100s) {
        now += pace.wait(kAny) + late;
        sum += pace.take(now, kAny);
        ASSERT_LE(static_cast<double>(sum),
                  static_cast<double>(rate) * base::seconds(now - kStart) + 0.001);
      }
      EXPECT_GE(static_cast<double>(sum),
                static_cast<double>(rate) * base::seconds(now - kStart) - 1.001)
          << rate << ", " << base::millis(late) << " ms late";
    }
}

TEST(BytePace, ALastPieceIsAwaitedNoLongerThanItTakes) {
  BytePace pace(1000);
  pace.restart(kStart);
  EXPECT_EQ(pace.wait(100), 100ms);
  EXPECT_EQ(pace.take(kStart + 100ms, 100), 100U);
  EXPECT_EQ(pace.take(kStart + 200ms, 30), 30U);
  EXPECT_EQ(pace.wait(70), 0ns);
  EXPECT_EQ(pace.wait(80), 10ms);
}

TEST(BytePace, OfALongPauseATenthOfASecondIsMadeUpFor) {
  BytePace pace(1000);
  pace.restart(kStart);
  EXPECT_EQ(pace.take(kStart + 1h, kAny), 250U + 100U);
  EXPECT_EQ(pace.take(kStart + 1h, kAny), 0U);
  pace.restart(kStart + 2h);
  EXPECT_EQ(pace.take(kStart + 2h, kAny), 0U);
}

TEST(BytePace, TakesAnyRate) {
  BytePace pace(std::numeric_limits<std::uint64_t>::max());
  pace.restart(kStart);
  EXPECT_EQ(pace.wait(kAny), 10ms);
  EXPECT_GT(pace.take(kStart + 1h, kAny), 1ULL << 60U);
}

}  // namespace
}  // namespace rampart::loadgen
