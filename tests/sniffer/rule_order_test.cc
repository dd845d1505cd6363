#include "sniffer/rules/rule_order.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

std::string order(const std::vector<std::string>& options) {
  std::string text;
  for (std::size_t i = 0; i < options.size(); ++i)
    text += options[i] + "; sid:" + std::to_string(i + 1) + ";)\n";
  auto parsed = parse_rules(text, "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
  std::stable_sort(parsed.set.rules.begin(), parsed.set.rules.end(), goes_before);
  std::string out;
  for (const auto& r : parsed.set.rules) out += std::to_string(r.sid);
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

}  // namespace
}  // namespace rampart::sniffer
