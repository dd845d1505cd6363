#include "sniffer/detect/fast_pattern.h"

#include <gtest/gtest.h>

#include <string>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

using namespace std::string_literals;

Rule rule_with(const std::string& contents) {
  auto parsed = parse_rules("alert tcp any any -> any any (" + contents + " sid:1;)", "t");
  EXPECT_TRUE(parsed.diagnostics.empty()) << contents;
  return std::move(parsed.set.rules.at(0));
}

std::string chosen(const std::string& contents) {
  const auto rule = rule_with(contents);
  const auto* content = fast_pattern_of(rule.payload);
  return content == nullptr ? "none" : content->bytes;
}

std::string part_of(const std::string& content) {
  const auto rule = rule_with(content);
  return searched_part(std::get<Content>(rule.payload.at(0))).bytes;
}

TEST(FastPattern, is_the_rarest_content_that_must_occur) {
  struct Case {
    const char* contents;
    std::string chosen;
  };
  const Case cases[] = {
      {"content:\"ab\"; content:\"abcd\"; content:\"abc\";", "abcd"},
      {"content:\"abcdefgh\"; content:\"abcdefghijklm\";", "abcdefghijklm"},
      {"content:\"|00 00 00 00 00 00 00 00|\"; content:\"|90 fe|a\";",
       "\x90\xfe"
       "a"},
      {"content:\"AAAAAAAAAAAAAAAA\"; content:\"x=%d\";", "x=%d"},
      {"content:\"ab\"; fast_pattern; content:\"abcd\";", "ab"},
      {"content:!\"abcd\"; content:\"ab\";", "ab"},
      {"content:!\"abcd\"; pcre:\"/a/\";", "none"},
  };
  for (const auto& c : cases) EXPECT_EQ(chosen(c.contents), c.chosen) << c.contents;
}

TEST(FastPattern, is_searched_for_without_what_is_everywhere_at_its_end) {
  EXPECT_EQ(part_of("content:\"needle\";"), "needle");
  EXPECT_EQ(part_of("content:\"NeeDLE\"; nocase;"), "needle");
  EXPECT_EQ(part_of("content:\"needle|00 00 00 00 00 00 00 00|\";"), "needle\0\0"s);
  EXPECT_EQ(part_of("content:\"needle|00|\";"), "needle\0"s) << "that is hardly more frequent";
  EXPECT_EQ(part_of("content:\"|00 00 00 00 00 00|\";"), std::string(6, '\0'))
      << "no part of it is rarer";
}

TEST(FastPattern, is_searched_for_by_its_last_bytes_where_it_is_long) {
  const std::string end(PatternDatabase::kLongest, 'z');
  EXPECT_EQ(part_of("content:\"needle" + end + "\";"), end);
  const auto part =
      part_of("content:\"" + std::string(40, 'y') + "needle|00 00 00 00 00 00 00|\";");
  EXPECT_TRUE(part.ends_with("needle\0"s)) << part;
  EXPECT_LT(part.size(), PatternDatabase::kLongest);
}

TEST(Rarity, counts_what_a_search_looks_at) {
  EXPECT_EQ(rarity(std::string(8, '\0'), false), 8U);
  EXPECT_EQ(rarity("aaaa", false), 7U) << "repeats hardly count";
  EXPECT_EQ(rarity("abcdefghijkl", false), rarity("efghijkl", false));
  EXPECT_LT(rarity("abcd", true), rarity("abcd", false));
  EXPECT_GT(rarity("\x90\xfe\x87\x13", false), rarity("abcd", false));
}

}  // namespace
}  // namespace rampart::sniffer
