#include "base/cpu_steal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace rampart::base {
namespace {

constexpr const char* kBefore = "cpu  100 10 50 800 20 5 5 10 7 1\ncpu0 1 2 3\n";

TEST(CpuTimes, AddsUpTheFirstLineWithoutGuests) {
  const auto times = parse_cpu_times(kBefore);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->total, 1000U);
  EXPECT_EQ(times->steal, 10U);
}

TEST(CpuTimes, RefusesWhatIsNoSuchLine) {
  for (const std::string text :
       {"", "cpu", "cpu ", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7", "cpu 1 2 3 x 5 6 7 8",
        "cpu -1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7\n8", "cpu 99999999999999999999 2 3 4 5 6 7 8"})
    EXPECT_FALSE(parse_cpu_times(text)) << text;
}

TEST(CpuTimes, TheStolenShareIsOfAllTime) {
  struct Case {
    CpuTimes before, after;
    double share;
  };
  const Case cases[] = {
      {{1000, 10}, {1200, 34}, 0.12}, {{1000, 10}, {1200, 10}, 0},
      {{1000, 10}, {1000, 10}, 0},    {{1000, 10}, {1200, 9}, 0},  // steps back
      {{1000, 10}, {900, 20}, 0},     {{1000, 10}, {1010, 500}, 1},
  };
  for (const auto& c : cases) EXPECT_DOUBLE_EQ(stolen_share(c.before, c.after), c.share);
}

class StealMeterTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "rampart_stat_" + std::to_string(getpid());
    write(kBefore);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }

  std::string path_;
};

TEST_F(StealMeterTest, CountsFromOneReadingToTheNext) {
  StealMeter meter(path_);
  write("cpu  100 10 50 800 20 5 5 110 7 1\n");
  const double ticks = 100;
  const double each = static_cast<double>(sysconf(_SC_CLK_TCK) * sysconf(_SC_NPROCESSORS_ONLN));
  EXPECT_NEAR(seconds(meter.take()), ticks / each, 1e-6);
  EXPECT_EQ(meter.take(), Nanos(0));
}

TEST_F(StealMeterTest, WhatCannotBeReadStealsNothing) {
  StealMeter meter(path_);
  write("nonsense");
  EXPECT_EQ(meter.take(), Nanos(0));
  write("cpu  100 10 50 800 20 5 5 9 7 1\n");  // back by a tick
  EXPECT_EQ(meter.take(), Nanos(0));
  StealMeter none(path_ + ".missing");
  EXPECT_EQ(none.take(), Nanos(0));
}

}  // namespace
}  // namespace rampart::base
