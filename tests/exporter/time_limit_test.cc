#include "exporter/time_limit.h"

#include <gtest/gtest.h>

#include <string>

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

TEST(TimeLimit, IsTheShorterOne) {
  struct Case {
    const char* header;
    base::Nanos module;
    double offset;
    base::Nanos limit;
  };
  for (const auto& [header, module, offset, limit] : {
           Case{"", 0s, 0.5, 119'500ms},
           Case{"", 5s, 0.5, 5s},
           Case{"1.5", 5s, 0.5, 1s},
           Case{"1.5", 0s, 0.5, 1s},
           Case{"1.5", 500ms, 0.5, 500ms},
           Case{"0.25", 500ms, 0.5, 500ms},
           Case{"0.25", 0s, 0.5, 0s},
           Case{"0.5", 500ms, 0.5, 0s},
           Case{"-1", 500ms, 0.5, 500ms},
           Case{"0", 5s, 0.5, 5s},
           Case{"-0", 0s, 0, 120s},
           Case{"15e-1", 5s, 0.5, 1s},
           Case{"+1.5", 5s, 0.5, 1s},
           Case{".5", 5s, 0, 500ms},
           Case{"0x1.8p0", 5s, 0.5, 1s},
           Case{"Inf", 500ms, 0.5, 500ms},
           Case{"-infinity", 500ms, 0.5, 500ms},
           Case{"nan", 500ms, 0.5, 500ms},
           Case{"1e-999", 5s, 0.5, 5s},
           Case{"2", 5s, -1, 3s},
       }) {
    const auto got = time_limit(header, module, offset);
    ASSERT_TRUE(got) << header;
    EXPECT_EQ(*got, limit) << header << " " << offset;
  }
  EXPECT_EQ(*time_limit("Inf", 0s, 0.5), 10min);
  EXPECT_EQ(*time_limit("1e9", 0s, 0.5), 10min);
  EXPECT_EQ(*time_limit("1e9", 1h, 0.5), 1h);
  EXPECT_EQ(*time_limit("900", 1h, 0), 15min);
}

TEST(TimeLimit, SaysInGosWordsWhatIsNoNumber) {
  for (const std::string text :
       {"soon", "1s", "1 ", "--1", "+-1", "1e", "0x10", "", "1_0", "+nan", "0x"}) {
    const auto got = time_limit(text.empty() ? "e" : text, 5s, 0.5);
    ASSERT_FALSE(got) << text;
    if (text.empty()) continue;
    EXPECT_EQ(got.error().text, "strconv.ParseFloat: parsing \"" + text + "\": invalid syntax");
  }
  EXPECT_EQ(time_limit("1e999", 5s, 0.5).error().text,
            "strconv.ParseFloat: parsing \"1e999\": value out of range");
  EXPECT_EQ(time_limit("-1e999", 5s, 0.5).error().text,
            "strconv.ParseFloat: parsing \"-1e999\": value out of range");
}

}  // namespace
}  // namespace rampart::exporter
