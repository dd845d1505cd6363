#include "sniffer/detect/rule_group.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Fixture {
  std::vector<Rule> rules;
  ScanScratch scratch;
  RuleGroup group;

  explicit Fixture(const std::vector<std::string>& contents) {
    for (const auto& content : contents) {
      auto parsed = parse_rules("alert tcp any any -> any any (" + content + " sid:1;)", "t");
      EXPECT_TRUE(parsed.diagnostics.empty()) << content;
      rules.push_back(std::move(parsed.set.rules.at(0)));
    }
    std::vector<RuleGroup::Member> members;
    for (RuleId id = 0; id < rules.size(); ++id)
      members.push_back({id, fast_pattern_of(rules[id].payload)});
    PatternCompiler patterns;
    group = RuleGroup::build(members, patterns);
    EXPECT_TRUE(patterns.finish(scratch));
  }

  std::vector<RuleId> search(const Buffer& buffer) {
    std::vector<RuleId> out;
    EXPECT_TRUE(group.search(buffer, scratch, out));
    std::sort(out.begin(), out.end());
    return out;
  }
};

using Ids = std::vector<RuleId>;

TEST(RuleGroup, searches_the_head_for_what_must_lie_there) {
  Fixture f({"content:\"needle\"; depth:6;", "content:\"needle\"; offset:100; depth:28;",
             "content:\"needle\"; offset:100; depth:29;", "content:\"needle\"; startswith;",
             "content:\"needle\"; offset:4;", "content:\"x\"; content:\"needle\"; distance:0;"});
  const std::string far(RuleGroup::kHead - 5, '.');  // one byte of the needle is behind the head
  EXPECT_EQ(f.search({bytes_of(far + "needle")}), (Ids{2, 4, 5}));
  EXPECT_EQ(f.search({bytes_of("needle")}), (Ids{0, 1, 2, 3, 4, 5}))
      << "candidates: where it may lie in the head is for the matcher to say";
  EXPECT_EQ(f.search({.data = bytes_of("needle"), .base = 1000}), (Ids{2, 4, 5}))
      << "these are not the first bytes";
}

TEST(RuleGroup, searches_for_short_literals_too) {
  Fixture f({"content:\"a\";", "content:\"AB\"; nocase;", "content:\"abc\";", "content:\"abcd\";"});
  EXPECT_EQ(f.search({bytes_of("xxabcdxx")}), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(f.search({bytes_of("xxabxx")}), (Ids{0, 1}));
  EXPECT_EQ(f.search({bytes_of("xxxx")}), Ids{});
}

TEST(RuleGroup, finds_in_a_stream_what_is_split_between_its_segments) {
  const std::vector<std::string> contents = {"content:\"abc\";", "content:\"longer literal\";",
                                             "content:\"start\"; startswith;",
                                             "content:\"ing\"; depth:8;"};
  const std::string text = "starting with abc and a longer literal";
  Fixture f(contents);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    auto found = f.search({bytes_of(text.substr(0, cut))});
    for (const auto id : f.search({bytes_of(text), 0, cut})) found.push_back(id);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    EXPECT_EQ(found, (Ids{0, 1, 2, 3})) << "cut at " << cut;
  }
}

TEST(RuleGroup, does_not_search_again_what_no_literal_reaches_from) {
  Fixture f({"content:\"abc\";", "content:\"longer literal\";"});
  const std::string before = "abc longer literal";
  const auto text = before + std::string(PatternSet::kLongest, '.') + "abc";
  EXPECT_EQ(f.search({bytes_of(text), 0, text.size() - 3}), Ids{0});
  EXPECT_EQ(f.search({bytes_of(text), 0, text.size()}), Ids{}) << "there is nothing new";
}

TEST(RuleGroup, finds_nothing_that_ended_before) {
  Fixture f({"content:\"abc\";", "content:\"needle\";", "content:\"needle|00 00 00 00 00 00|\";",
             "content:\"needle\"; depth:20;"});
  const std::string text = "abcneedle" + std::string(4, '\0');
  EXPECT_EQ(f.search({bytes_of(text), 0, 3}), (Ids{1, 2, 3}));
  EXPECT_EQ(f.search({bytes_of(text), 0, 8}), (Ids{1, 2, 3})) << "the last letter is new";
  EXPECT_EQ(f.search({bytes_of(text), 0, 9}), Ids{2}) << "this one may yet be completed";
  EXPECT_EQ(f.search({bytes_of(text + "needle"), 0, 13}), (Ids{1, 2, 3})) << "once more";
}

TEST(RuleGroup, searches_the_head_alone) {
  Fixture f({"content:\"abc\"; depth:3;", "content:\"abc\"; depth:9;", "content:\"abc\";"});
  Ids found;
  EXPECT_TRUE(f.group.search_head({bytes_of("abc")}, f.scratch, found));
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (Ids{0, 1}));
}

TEST(RuleGroup, keeps_rules_without_a_literal) {
  Fixture f({"pcre:\"/a+/\";", "content:!\"a\";", "content:\"a\";"});
  EXPECT_EQ(f.group.unfiltered(), (Ids{0, 1}));
  EXPECT_EQ(f.search({bytes_of("a")}), Ids{2});
  EXPECT_FALSE(f.group.empty());
  EXPECT_TRUE(RuleGroup().empty());
}

}  // namespace
}  // namespace rampart::sniffer
