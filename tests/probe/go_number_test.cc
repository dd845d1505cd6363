#include "probe/go_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace rampart::probe {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(GoNumber, WhatGoTakes) {
  const struct {
    std::string text;
    double value;
  } cases[] = {
      {"0", 0},
      {"-0", -0.0},
      {"+1", 1},
      {"1e3", 1000},
      {"1E+3", 1000},
      {".5", 0.5},
      {"5.", 5},
      {"-2.5e-3", -0.0025},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"5e-324", std::numeric_limits<double>::denorm_min()},
      {"1e-320", 1e-320},
      {"1e-324", 0},
      {"1e-400", 0},
      {"-1e-400", -0.0},
      {"0.000000000000000000001e-99999999999999999999", 0},
      {"123456789e-99999", 0},
      {"0." + std::string(400, '0') + "1", 0},
      {"0." + std::string(400, '0') + "1e401", 1},
      {"1" + std::string(400, '0') + "e-400", 1},
      {"0e99999", 0},
      {"inf", kInf},
      {"+Inf", kInf},
      {"-INFINITY", -kInf},
  };
  for (const auto& c : cases) {
    const auto value = go_number(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(*value, c.value) << c.text;
    EXPECT_EQ(std::signbit(*value), std::signbit(c.value)) << c.text;
  }
  for (const auto* nan : {"NaN", "nan", "NAN"}) {
    ASSERT_TRUE(go_number(nan)) << nan;
    EXPECT_TRUE(std::isnan(*go_number(nan))) << nan;
  }
}

TEST(GoNumber, WhatGoDoesNot) {
  for (const std::string text :
       {"",      "+",           "-",      ".",      "e5",
        "1e",    "1e+",         "+-1",    "--1",    "1 ",
        " 1",    "1x",          "0x10",   "0x1p3",  "1_0",
        "+NaN",  "-nan",        "nan()",  "nan(1)", "infinit",
        "in",    "1e400",       "-1e400", "1e309",  "1e99999999999999999999",
        "1.5.5", "\xEF\xBC\x91"})
    EXPECT_FALSE(go_number(text)) << text;
  EXPECT_FALSE(go_number("1" + std::string(400, '0')));
  EXPECT_FALSE(go_number("0." + std::string(400, '0') + "1e900"));
}

}  // namespace
}  // namespace rampart::probe
