#include "base/spelling.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rampart::base {
namespace {

TEST(Spelling, FindsWhatWasMeant) {
  const std::vector<std::string_view> known{"connections", "connect_timeout", "timeout",
                                            "name",        "request",         "rate"};
  struct Case {
    std::string_view word;
    std::string_view meant;
  };
  for (const auto& [word, meant] : std::vector<Case>{{"conections", "connections"},
                                                     {"Connections", "connections"},
                                                     {"timeuot", "timeout"},
                                                     {"nmae", "name"},
                                                     {"requests", "request"},
                                                     {"rat", "rate"},
                                                     {"flow", ""},
                                                     {"", ""},
                                                     {"x", ""}})
    EXPECT_EQ(nearest(word, known), meant) << word;
}

TEST(Spelling, MoreLettersMayHaveToBeRight) {
  const std::vector<std::string_view> known{"http.uri", "http.referer"};
  EXPECT_EQ(nearest("http.urii", known, 5), "http.uri");
  EXPECT_EQ(nearest("http.server", known, 3), "http.referer");
  EXPECT_EQ(nearest("http.server", known, 5), "");
}

TEST(Spelling, LongWordsAreNotCompared) {
  const std::vector<std::string_view> known{"name"};
  EXPECT_EQ(nearest(std::string(1'000'000, 'n'), known), "");
}

}  // namespace
}  // namespace rampart::base
