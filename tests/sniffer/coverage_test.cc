#include "sniffer/rules/coverage.h"

#include <gtest/gtest.h>

namespace rampart::sniffer {
namespace {

TEST(Coverage, counts_what_was_refused_by_keyword) {
  const std::string head = "alert tcp any any -> any any (";
  Coverage coverage;
  coverage.add(parse_rules(head + "sid:1;)\n" + head + "lua:a.lua; sid:2;)\n" + head +
                               "geoip:NL; sid:3;)\n" + head + "lua:b.lua; sid:4;)\n",
                           "a"));
  EXPECT_FALSE(coverage.complete());
  coverage.add(parse_rules(
      "alert nfs any any -> any any (sid:1;)\n" + head + "sid:1;)\n" + head + "sid:1;)\n", "b"));
  EXPECT_EQ(coverage.line(),
            "2 of 7 rules can be used (28.6 %); refused: 2 lua, 1 geoip, 1 protocol nfs, 1 sid");
}

TEST(Coverage, names_the_most_frequent_only) {
  Coverage coverage;
  std::string text;
  for (int i = 0; i < 12; ++i)
    text += "alert tcp any any -> any any (k" + std::to_string(i) + "; sid:1;)\n";
  coverage.add(parse_rules(text, "a"));
  EXPECT_TRUE(coverage.line().ends_with(" and 2 others")) << coverage.line();
  EXPECT_EQ(Coverage().line(), "0 of 0 rules can be used");
  EXPECT_TRUE(Coverage().complete());
}

}  // namespace
}  // namespace rampart::sniffer
