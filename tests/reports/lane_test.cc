#include "reports/lane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rampart::reports {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<Sample> seconds_of(std::initializer_list<double> values) {
  std::vector<Sample> samples;
  for (const double v : values) {
    const auto at = static_cast<double>(samples.size());
    samples.push_back({at, at + 1, v});
  }
  return samples;
}

TEST(Lane, GapsAreWhereNothingWasMeasured) {
  const std::vector<Series> holey{{"a", "", seconds_of({1, kNone, kNone, 4, 5})}};
  const auto gaps = gaps_of(holey, 8);
  ASSERT_EQ(gaps.size(), 2U);
  EXPECT_DOUBLE_EQ(gaps[0].from, 1);
  EXPECT_DOUBLE_EQ(gaps[0].to, 3);
  EXPECT_DOUBLE_EQ(gaps[1].from, 5);
  EXPECT_DOUBLE_EQ(gaps[1].to, 8);
}

TEST(Lane, ZeroIsAValueAndNoGap) {
  EXPECT_TRUE(gaps_of({{"a", "", seconds_of({0, 0, 0})}}, 3).empty());
}

TEST(Lane, SchedulingNoiseIsNoGap) {
  EXPECT_TRUE(gaps_of({{"a", "", {{0.02, 1.01, 1}, {1.2, 2.1, 1}, {2.11, 3, 1}}}}, 3.1).empty());
}

TEST(Lane, NothingAtAllIsOneGap) {
  EXPECT_EQ(gaps_of({{"a", "", {}}}, 3).size(), 1U);
  EXPECT_TRUE(gaps_of({{"a", "", {}}}, 0).empty());
}

TEST(Lane, DecimationKeepsEverySpike) {
  std::vector<Sample> samples;
  for (int i = 0; i < 7200; ++i)
    samples.push_back({double(i), i + 1.0, i == 4321 ? 999.0 : i == 77 ? -5.0 : 1.0});
  const auto kept = decimate(samples, 7200);
  EXPECT_LE(kept.size(), kMostSamples + 4);
  double most = 0;
  double least = 0;
  for (const auto& s : kept) {
    most = std::max(most, s.value);
    least = std::min(least, s.value);
    if (s.value == 999) {
      EXPECT_NEAR(s.from, 4321, 24);
    }
  }
  EXPECT_EQ(most, 999);
  EXPECT_EQ(least, -5);
  EXPECT_DOUBLE_EQ(kept.front().from, 0);
  EXPECT_DOUBLE_EQ(kept.back().to, 7200);
}

TEST(Lane, DecimationKeepsHoles) {
  std::vector<Sample> samples;
  for (int i = 0; i < 7200; ++i)
    if (i < 3000 || i >= 4000) samples.push_back({double(i), i + 1.0, 1});
  for (const auto& s : decimate(samples, 7200)) EXPECT_FALSE(s.from < 3500 && s.to > 3500);
}

TEST(Lane, ShortSeriesIsLeftAlone) { EXPECT_EQ(decimate(seconds_of({1, 2, 3}), 3).size(), 3U); }

TEST(Lane, EqualStretchesBecomeOne) {
  const auto merged = merge_stretches({{0, 1, true, ""},
                                       {1, 2, true, ""},
                                       {2, 3, false, "reset"},
                                       {3, 4, false, "reset"},
                                       {4, 5, false, "tls"},
                                       {7, 8, true, ""}},
                                      8);
  ASSERT_EQ(merged.size(), 4U);
  EXPECT_DOUBLE_EQ(merged[0].to, 2);
  EXPECT_EQ(merged[1].label, "reset");
  EXPECT_DOUBLE_EQ(merged[1].to, 4);
  EXPECT_EQ(merged[2].label, "tls");
  EXPECT_DOUBLE_EQ(merged[3].from, 7);
}

TEST(Lane, OneFailureAmongThousandsSurvives) {
  std::vector<Stretch> stretches;
  for (int i = 0; i < 7200; ++i)
    stretches.push_back({double(i), i + 1.0, i % 2 == 0 || i != 3333, i == 3333 ? "reset" : ""});
  const auto merged = merge_stretches(stretches, 7200);
  EXPECT_TRUE(std::any_of(merged.begin(), merged.end(), [](const Stretch& s) {
    return !s.ok && s.label == "reset" && s.from <= 3333 && s.to >= 3334;
  }));
}

TEST(Lane, FlappingIsBounded) {
  std::vector<Stretch> stretches;
  for (int i = 0; i < 72000; ++i) stretches.push_back({i / 10.0, (i + 1) / 10.0, i % 2 == 0, ""});
  EXPECT_LE(merge_stretches(stretches, 7200).size(), kMostStretches + 1);
}

}  // namespace
}  // namespace rampart::reports
