#include "loadgen/pattern.h"

#include <gtest/gtest.h>

namespace rampart::loadgen {
namespace {

TEST(Pattern, FindsItsFirstGroup) {
  struct Case {
    const char* expression;
    std::string text;
    std::optional<std::string> found;
  };
  for (const auto& [expression, text, found] : {
           Case{"id=(\\d+)&(\\w)", "x id=12&a id=13&b", "12"},
           Case{"id=\\d+", "x id=12&a", "id=12"},
           Case{"(?:a|b)c", "xbc", "bc"},
           Case{"(\\d*)x", "x", ""},
           Case{"a|(b)", "a", std::nullopt},
           Case{"a|(b)", "b", "b"},
           Case{"none", "text", std::nullopt},
           Case{"", "", ""},
           Case{"a(.*)b", std::string("a\0\r\nb", 5), std::nullopt},
           Case{"(?s)a(.*)b", std::string("a\0\r\nb", 5), std::string("\0\r\n", 3)},
           Case{"x(y)", "\xff\xfexy", "y"},
       }) {
    const auto pattern = Pattern::compile(expression);
    ASSERT_TRUE(pattern) << pattern.error().text;
    const auto actual = pattern->find(text);
    EXPECT_EQ(actual.has_value(), found.has_value()) << expression;
    if (actual && found) {
      EXPECT_EQ(*actual, *found) << expression;
    }
  }
}

TEST(Pattern, MatchesAnywhere) {
  const auto pattern = Pattern::compile("wel+come");
  EXPECT_TRUE(pattern->matches("you are welllcome here"));
  EXPECT_FALSE(pattern->matches("Welcome"));
  EXPECT_FALSE(pattern->matches(""));
}

TEST(Pattern, SaysWhatIsWrong) {
  for (const auto* expression : {"(", "a{2,1}", "(?=x)", "\\1", "[z-a]"}) {
    const auto pattern = Pattern::compile(expression);
    ASSERT_FALSE(pattern) << expression;
    EXPECT_EQ(pattern.error().code, base::Errc::config);
    EXPECT_TRUE(pattern.error().text.starts_with("'" + std::string(expression) + "' is no "));
  }
}

}  // namespace
}  // namespace rampart::loadgen
