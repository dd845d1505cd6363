#include "sniffer/detect/pattern_database.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sniffer/detect/pattern_set.h"

namespace rampart::sniffer {
namespace {

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(PatternDatabase, finds_the_same_after_it_was_put_away_and_taken_out_again) {
  const std::vector<Literal> literals = {{"needle"}, {"straw", true}};
  PatternDatabase first;
  ASSERT_TRUE(first.compile(literals));
  const auto text = first.serialize();
  ASSERT_TRUE(text) << text.error().text;
  const auto second = std::make_shared<PatternDatabase>();
  ASSERT_TRUE(second->restore(bytes_of(*text)));
  EXPECT_EQ(second->bytes(), first.bytes());
  ScanScratch scratch;
  ASSERT_TRUE(scratch.fit(*second));
  const PatternSet set(second);
  std::vector<std::uint32_t> hits;
  EXPECT_TRUE(set.scan(bytes_of("a STRAW, a needle, a NEEDLE"), scratch, hits));
  EXPECT_EQ(hits, (std::vector<std::uint32_t>{1, 0}));
}

TEST(PatternDatabase, is_not_made_of_something_else) {
  PatternDatabase database;
  for (const std::string& text : {std::string(), std::string("x"), std::string(4096, '\0')})
    EXPECT_FALSE(database.restore(bytes_of(text))) << text.size();
  EXPECT_EQ(database.get(), nullptr);
  EXPECT_TRUE(database.compile(std::vector<Literal>{{"a"}})) << "it may be filled another way then";
}

TEST(PatternDatabase, is_described_by_all_that_decides_about_it) {
  const std::string longest(PatternDatabase::kLongest, 'a');
  const std::vector<std::vector<Literal>> lists = {{{"ab"}},       {{"ab", true}}, {{"ba"}},
                                                   {{"a"}, {"b"}}, {{"b"}, {"a"}}, {{"a"}},
                                                   {{"ab"}, {""}}, {{longest}}};
  std::vector<std::string> all;
  for (const auto& list : lists) all.push_back(describe(list));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
  EXPECT_EQ(describe(std::vector<Literal>{{"b" + longest}}),
            describe(std::vector<Literal>{{longest}}))
      << "only the last bytes are searched for";
}

}  // namespace
}  // namespace rampart::sniffer
