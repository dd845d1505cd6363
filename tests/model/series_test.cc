#include "model/series.h"

#include <gtest/gtest.h>

namespace rampart::model {
namespace {

TEST(Series, NameAndLabels) {
  constexpr std::string_view series = R"(up{a="x,b=\"1\"",instance="web:9100",job="a\\b\nc"})";
  EXPECT_EQ(metric_of(series), "up");
  EXPECT_EQ(label_of(series, "a"), "x,b=\"1\"");
  EXPECT_EQ(label_of(series, "instance"), "web:9100");
  EXPECT_EQ(label_of(series, "job"), "a\\b\nc");
  EXPECT_EQ(label_of(series, "b"), std::nullopt) << "it stands in a value";
  EXPECT_EQ(label_of(series, "up"), std::nullopt);
}

TEST(Series, WithoutLabels) {
  EXPECT_EQ(metric_of("nginx_up"), "nginx_up");
  EXPECT_EQ(metric_of(""), "");
  EXPECT_EQ(label_of("nginx_up", "job"), std::nullopt);
}

TEST(Series, WhatIsCutEndsNowhereElse) {
  const std::string whole = R"(up{a="x\"",b="y"})";
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto cut = whole.substr(0, n);
    EXPECT_EQ(label_of(cut, "c"), std::nullopt) << cut;
  }
}

}  // namespace
}  // namespace rampart::model
