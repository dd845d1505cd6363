#include "exporter/request_target.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rampart::exporter {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(RequestTarget, ReadsQueriesAsGo) {
  struct Case {
    const char* raw;
    const char* path;
    Parameters parameters;
  };
  for (const auto& [raw, path, parameters] : {
           Case{"/probe", "/probe", {}},
           Case{"/probe?", "/probe", {}},
           Case{"/probe?a=b&c=d", "/probe", {{"a", "b"}, {"c", "d"}}},
           Case{"/probe?a=1&a=2", "/probe", {{"a", "1"}, {"a", "2"}}},
           Case{"/probe?a", "/probe", {{"a", ""}}},
           Case{"/probe?=b", "/probe", {{"", "b"}}},
           Case{"/probe?a=b=c&&d=", "/probe", {{"a", "b=c"}, {"d", ""}}},
           Case{"/probe?a=x+y%2B%20z", "/probe", {{"a", "x y+ z"}}},
           Case{"/probe?a=%2525", "/probe", {{"a", "%25"}}},
           Case{"/probe?a=%zz&b=1", "/probe", {{"b", "1"}}},
           Case{"/probe?a=1%&b=%4", "/probe", {}},
           Case{"/probe?a=1;b=2&c=3", "/probe", {{"c", "3"}}},
           Case{"/probe?target=http://x/?y=1", "/probe", {{"target", "http://x/?y=1"}}},
           Case{"/pro%62e", "/probe", {}},
           Case{"/a+b", "/a+b", {}},
           Case{"http://h:1/probe?a=b", "/probe", {{"a", "b"}}},
           Case{"http://h?a=b", "/", {{"a", "b"}}},
           Case{"/p#f?a=b", "/p#f", {{"a", "b"}}},
           Case{"/p?a=b#c&d=e", "/p", {{"a", "b#c"}, {"d", "e"}}},
       }) {
    const auto target = RequestTarget::parse(raw);
    ASSERT_TRUE(target) << raw;
    EXPECT_EQ(target->path, path) << raw;
    EXPECT_EQ(target->parameters, parameters) << raw;
  }
  EXPECT_FALSE(RequestTarget::parse("/%zz"));
  EXPECT_FALSE(RequestTarget::parse("/%4"));
}

TEST(RequestTarget, TakesTheFirstParameter) {
  const auto target = RequestTarget::parse("/?a=1&b=2&a=3");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->parameter("a"), "1");
  EXPECT_EQ(target->parameter("c"), "");
}

TEST(RequestTarget, QuotesAsGo) {
  EXPECT_EQ(quoted("plain"), "\"plain\"");
  EXPECT_EQ(quoted("a\"b\\c\n\t\r"), "\"a\\\"b\\\\c\\n\\t\\r\"");
  EXPECT_EQ(quoted(std::string_view("\0\x1b\x7f", 3)), "\"\\x00\\x1b\\x7f\"");
  EXPECT_EQ(quoted("gr\xc3\xbcn \xef\xbf\xbd"), "\"gr\xc3\xbcn \xef\xbf\xbd\"");
  EXPECT_EQ(quoted("\xff\xc2\x85"), "\"\\xff\\u0085\"");
  // What turns text round (U+202E, U+2066), what is not seen (U+00A0, U+200B, U+E0041).
  EXPECT_EQ(quoted("a\xe2\x80\xae"
                   "b\xe2\x81\xa6"),
            "\"a\\u202eb\\u2066\"");
  EXPECT_EQ(quoted("\xc2\xa0\xe2\x80\x8b\xf3\xa0\x81\x81"), "\"\\u00a0\\u200b\\U000e0041\"");
  EXPECT_EQ(quoted("\xf0\x9f\x99\x82 \xe2\x82\xac"), "\"\xf0\x9f\x99\x82 \xe2\x82\xac\"");
}

}  // namespace
}  // namespace rampart::exporter
