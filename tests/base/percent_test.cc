#include "base/percent.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace rampart::base {
namespace {

struct Case {
  double ratio;
  const char* text;
};

TEST(Percent, ReadsAsPeopleWriteIt) {
  const std::vector<Case> cases{{0, "0 %"},
                                {1, "100 %"},
                                {0.01, "1.0 %"},
                                {0.25, "25.0 %"},
                                {0.9999, "99.99 %"},
                                {0.0004, "0.04 %"},
                                {0.999999999999, "100 %"},
                                {0.99996, "99.996 %"},
                                {std::numeric_limits<double>::quiet_NaN(), "-"}};
  for (const auto& c : cases) EXPECT_EQ(format_percent(c.ratio), c.text) << c.ratio;
}

TEST(Percent, TwoEndsHaveTheSameDecimals) {
  EXPECT_EQ(format_percents(0.739, 0.945), "73.9 to 94.5 %");
  EXPECT_EQ(format_percents(0, 1), "0 to 100 %");
  EXPECT_EQ(format_percents(0.98, 0.9998), "98.00 to 99.98 %");
}

}  // namespace
}  // namespace rampart::base
