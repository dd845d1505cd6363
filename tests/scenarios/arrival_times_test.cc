#include "scenarios/arrival_times.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;
using base::Nanos;

TEST(ArrivalTimes, Read) {
  const std::vector<std::pair<std::string, std::vector<Nanos>>> cases{
      {"0\n0.5\n12.345\n", {0ns, 500ms, 12345ms}},
      {"2\n2\n3", {2s, 2s, 3s}},
      {"# of Tuesday\n\n 1.25 # first\r\n\t2\r\n", {1250ms, 2s}},
      {"0.123456789123\n", {123456789ns}},
      {"\xEF\xBB\xBF"
       "1\n",
       {1s}},
      {"100ms\n250ms\n1.5s\n", {0ns, 150ms, 1400ms}},
      {"1732176000000000001ns\n1732176000000000003ns\n", {0ns, 2ns}},
      {"2026-11-21T08:00:00Z\n2026-11-21T08:00:00.000000001Z\n2026-11-21T09:00:01+01:00\n",
       {0ns, 1ns, 1s}},
      {"2678400\n", {744h}},
  };
  for (const auto& [text, wanted] : cases) {
    const auto times = parse_arrival_times(text);
    ASSERT_TRUE(times) << text << times.error().text;
    EXPECT_EQ(*times, wanted) << text;
  }
}

TEST(ArrivalTimes, Refused) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "1: there is no time in it: write one a line"},
      {"# nothing\n\n", "1: there is no time in it: write one a line"},
      {"1\n0.999\n", "2: '0.999' lies before the line above: sort the times"},
      {"2026-11-21T08:00:01Z\n2026-11-21T08:00:00Z\n",
       "2: '2026-11-21T08:00:00Z' lies before the line above: sort the times"},
      {"5s\n4s\n", "2: '4s' lies before the line above: sort the times"},
      {"1\n\n2s\n",
       "3: a duration, and the first line is seconds from the start: write all times alike"},
      {"2026-11-21T08:00:00Z\n1\n",
       "2: seconds from the start, and the first line is a time of day: write all times alike"},
      {"1732176000.5\n", "1: later than 744h: times without a unit are seconds from the start"},
      {"0s\n800h\n", "2: later than 744h after the first line"},
      {"1.\n", "1: '1.' is not a number of seconds"},
      {"1.2.3\n", "1: '1.2.3' is not a number of seconds"},
      {".5\n", "1: '' is not a time such as 12.345 or 2026-11-21T08:00:00Z"},
      {"99999999999\n", "1: '99999999999' is too late"},
      {"99999999999999999999ns\n",
       "1: '99999999999999999999' is not a time such as 12.345 or 2026-11-21T08:00:00Z"},
      {"1,5\n", "1: '1,5' lacks a known unit: use ns, us, ms, s, m or h"},
      {"soon\n", "1: 'soon' is not a duration such as 500ms, 10s or 2m"},
      {"2026-11-21T08:00:00\n",
       "1: '2026-11-21T08:00:00' has no time zone: add Z for UTC, or +01:00"},
  };
  for (const auto& [text, error] : cases) {
    const auto times = parse_arrival_times(text);
    ASSERT_FALSE(times) << text;
    EXPECT_EQ(times.error().text, error) << text;
  }
}

TEST(ArrivalTimes, AtMostAMillion) {
  std::string text;
  for (std::size_t i = 0; i < kMaxArrivalTimes; ++i) text += "1\n";
  ASSERT_TRUE(parse_arrival_times(text));
  EXPECT_EQ(parse_arrival_times(text + "1\n").error().text, "1000001: more than 1000000 times");
}

}  // namespace
}  // namespace rampart::scenarios
