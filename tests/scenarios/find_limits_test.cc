#include "scenarios/find_limits.h"

#include <gtest/gtest.h>

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

TEST(FindLimits, ReadsWhatIsTyped) {
  model::Objectives limits;
  for (const auto* text : {"p99<250ms", " p50 < 10ms ", "errors<2%"})
    ASSERT_TRUE(add_limit(text, limits)) << text;
  ASSERT_EQ(limits.latency.size(), 2U);
  EXPECT_EQ(limits.latency[0].percentile, 50);
  EXPECT_EQ(limits.latency[0].below, 10ms);
  EXPECT_EQ(limits.latency[1].percentile, 99);
  EXPECT_EQ(limits.errors, base::Ratio{0.02});
}

TEST(FindLimits, RefusesTheRest) {
  for (const auto* text : {"", "p99", "<250ms", "p99>250ms", "p99<", "p99<250", "p101<1s", "p0<1s",
                           "errors<", "errors<5", "mean<1s", "p99<<1s", "errors<1%x"}) {
    model::Objectives limits;
    EXPECT_FALSE(add_limit(text, limits)) << text;
    EXPECT_TRUE(limits.latency.empty());
    EXPECT_FALSE(limits.errors);
  }
}

TEST(FindLimits, WhatAUserGetsToRead) {
  model::Objectives limits;
  EXPECT_EQ(add_limit("p99", limits).error().text,
            "'p99': a limit is 'p99 < 250ms', or 'errors < 1%'");
}

}  // namespace
}  // namespace rampart::scenarios
