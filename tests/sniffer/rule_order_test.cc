#include "sniffer/rules/rule_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

std::string order(const std::vector<std::string>& options) {
  std::string text;
  for (std::size_t i = 0; i < options.size(); ++i)
    text += options[i] + "; sid:" + std::to_string(i + 1) + ";)\n";
  auto parsed = parse_rules(text, "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
  std::string out;
  const auto sorted = in_order(std::move(parsed.set.rules));
  for (const auto& r : *sorted) out += std::to_string(r.sid);
  return out;
}

TEST(RuleOrder, what_sets_goes_before_what_tests) {
  const std::string head = "alert ip any any -> any any (";
  EXPECT_EQ(order({head + "priority:1", head + "flowbits:isset,a", head + "flowbits:set,a",
                   head + "flowbits:isset,a; flowbits:set,b"}),
            "3421");
  EXPECT_EQ(order({head + "flowint:a,>,1", head + "flowint:a,+,1"}), "21");
  EXPECT_EQ(order({head + "xbits:isset,a,track ip_src", head + "xbits:set,a,track ip_src"}), "21");
  EXPECT_EQ(order({head + "flowint:a,+,1", head + "flowbits:isset,a"}), "21")
      << "flowbits come before flowints";
}

TEST(RuleOrder, action_first_priority_last_and_else_as_written) {
  const std::string alert = "alert ip any any -> any any (";
  EXPECT_EQ(order({alert + "flowbits:set,a", "pass ip any any -> any any (priority:9"}), "21");
  EXPECT_EQ(order({alert + "priority:3", alert + "priority:1", alert + "priority:3"}), "213");
}

TEST(RuleOrder, is_a_stable_sort) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<Rule> rules(random() % 40);
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
      rules[i].sid = i;
      rules[i].priority = static_cast<std::uint32_t>(1 + random() % 5);
    }
    auto expected = rules;
    std::stable_sort(expected.begin(), expected.end(), goes_before);
    const auto sorted = in_order(std::move(rules));
    ASSERT_EQ(sorted->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ((*sorted)[i].sid, expected[i].sid) << "place " << i << " in round " << round;
  }
}

}  // namespace
}  // namespace rampart::sniffer
