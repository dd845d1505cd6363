#include "reports/run_axis.h"

#include <gtest/gtest.h>

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;
using base::MonoTime;
using base::WallTime;

TEST(RunAxis, WallTimesGoThroughTheAnchors) {
  model::Evidence e;
  // Between 10 and 20 s the wall clock was stepped forward by 5 s.
  e.anchors = {{MonoTime(100s), WallTime(5000s)},
               {MonoTime(110s), WallTime(5010s)},
               {MonoTime(120s), WallTime(5025s)}};
  e.end = MonoTime(130s);
  const RunAxis axis(e);
  EXPECT_DOUBLE_EQ(axis.seconds(), 30);
  EXPECT_DOUBLE_EQ(axis.at(MonoTime(101s)), 1);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(4999s)), -1);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(5005s)), 5);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(5025s)), 20);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(5026s)), 21);
}

// The verdicts' windows go through the same anchors: an alert must not stand outside of its own.
TEST(RunAxis, AClockThatWasSetBack) {
  model::Evidence e;
  e.anchors = {{MonoTime(0s), WallTime(5000s)},
               {MonoTime(10s), WallTime(5010s)},
               {MonoTime(20s), WallTime(5021s)},
               {MonoTime(30s), WallTime(5016s)},
               {MonoTime(40s), WallTime(5026s)}};
  e.end = MonoTime(40s);
  const RunAxis axis(e);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(5005s)), 5);
  EXPECT_NEAR(axis.at(WallTime(5015s)), 14.545, 0.001);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(5024s)), 38);
}

TEST(RunAxis, WithoutAnchorsNothingBreaks) {
  const model::Evidence e;
  const RunAxis axis(e);
  EXPECT_DOUBLE_EQ(axis.seconds(), 0);
  EXPECT_DOUBLE_EQ(axis.at(WallTime(5s)), 0);
}

}  // namespace
}  // namespace rampart::reports
