#include "base/units.h"

#include <gtest/gtest.h>

namespace rampart::base {
namespace {

using namespace std::chrono_literals;

TEST(Units, Durations) {
  EXPECT_EQ(*parse_duration("500ms"), 500ms);
  EXPECT_EQ(*parse_duration("10s"), 10s);
  EXPECT_EQ(*parse_duration("2m"), 2min);
  EXPECT_EQ(*parse_duration("1m30s"), 90s);
  EXPECT_EQ(*parse_duration("1.5h"), 90min);
  EXPECT_EQ(*parse_duration("250us"), 250us);
  EXPECT_EQ(*parse_duration(" 0s "), 0s);
  for (const auto* bad : {"", "10", "s", "-1s", "10x", "10 s s", "1e400s", "nan s", "99999999999h"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Units, CountsRatesPercentsBytes) {
  EXPECT_EQ(*parse_count("1k"), 1000U);
  EXPECT_EQ(*parse_count("2.5M"), 2'500'000U);
  EXPECT_FALSE(parse_count("1q"));
  EXPECT_FALSE(parse_count("-4"));
  EXPECT_DOUBLE_EQ(parse_rate("200/s")->per_second, 200);
  EXPECT_DOUBLE_EQ(parse_rate("1k/s")->per_second, 1000);
  EXPECT_DOUBLE_EQ(parse_rate("90/m")->per_second, 1.5);
  EXPECT_DOUBLE_EQ(parse_rate("50")->per_second, 50);
  EXPECT_FALSE(parse_rate("200/day"));
  EXPECT_FALSE(parse_rate("200ms"));
  EXPECT_DOUBLE_EQ(parse_percent("98%")->value, 0.98);
  EXPECT_DOUBLE_EQ(parse_percent("0.1 %")->value, 0.001);
  EXPECT_FALSE(parse_percent("98"));
  EXPECT_FALSE(parse_percent("101%"));
  EXPECT_EQ(*parse_bytes("16KB"), 16'000U);
  EXPECT_EQ(*parse_bytes("2MiB"), 2'097'152U);
}

TEST(Units, ByteRates) {
  EXPECT_EQ(*parse_byte_rate("10B/s"), 10U);
  EXPECT_EQ(*parse_byte_rate("1KB/s"), 1000U);
  EXPECT_EQ(*parse_byte_rate(" 1.5 MiB / s "), 1'572'864U);
  for (const auto* bad :
       {"", "10", "10B", "10B/m", "/s", "B/s", "-1B/s", "0B/s", "0.4B/s", "1/s/s"})
    EXPECT_FALSE(parse_byte_rate(bad)) << bad;
}

TEST(Units, Formats) {
  EXPECT_EQ(format_duration(812us), "812 us");
  EXPECT_EQ(format_duration(1400ms), "1.40 s");
  EXPECT_EQ(format_duration(999'700us), "1.00 s");
  EXPECT_EQ(format_duration(5min), "5.00 min");
  EXPECT_EQ(format_count(12'400), "12.4k");
  EXPECT_EQ(format_count(7), "7");
  EXPECT_EQ(format_bytes(3.1 * 1048576), "3.10 MiB");
  EXPECT_EQ(format_time(WallTime(1'700'000'001'123'456'789ns)), "2023-11-14T22:13:21.123Z");
}

}  // namespace
}  // namespace rampart::base
