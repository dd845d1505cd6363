#include "scenarios/rule_variables.h"

#include <gtest/gtest.h>

#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

TEST(RuleVariables, are_read_from_the_groups_of_vars) {
  const auto values = parse_rule_variables(
      "%YAML 1.1\n---\n"
      "vars:\n"
      "  address-groups:\n"
      "    HOME_NET: \"[192.168.0.0/16,!192.168.1.0/24]\"\n"
      "    EXTERNAL_NET: \"!$HOME_NET\"\n"
      "    DNS_SERVERS: [ 10.0.0.1, 10.0.0.2 ]\n"
      "  port-groups:\n"
      "    HTTP_PORTS: 80\n"
      "af-packet:\n"
      "  - interface: eth0\n",
      "v.yml", nullptr);
  ASSERT_TRUE(values) << values.error().text;
  const RuleVariableMap expected{{"HOME_NET", "[192.168.0.0/16,!192.168.1.0/24]"},
                                 {"EXTERNAL_NET", "!$HOME_NET"},
                                 {"DNS_SERVERS", "[10.0.0.1,10.0.0.2]"},
                                 {"HTTP_PORTS", "80"}};
  EXPECT_EQ(*values, expected);
}

TEST(RuleVariables, say_what_is_wrong_and_where) {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"other: 1\n", "v.yml:1:1: there is no vars: with address-groups: or port-groups: below it"},
      {"vars:\n  address-groups: 10.0.0.0/8\n",
       "v.yml:2:19: address-groups is a single value, not a map of names to values"},
      {"vars:\n  port-groups:\n    A: { b: 1 }\n",
       "v.yml:3:8: A is a map; write a text or a list of texts"},
      {"vars:\n  port-groups:\n    A: [ 1, [2] ]\n",
       "v.yml:3:13: this part of A is a list, not a text"},
      {"vars: 5\n",
       "v.yml:1:7: vars is a single value, not a map with address-groups: or "
       "port-groups:"},
      {"vars:\n  HOME_NET: 10.0.0.0/8\n  port-group: { A: 1 }\n",
       "v.yml:2:3: unknown key 'HOME_NET' in vars: names stand below address-groups: or "
       "port-groups:\n"
       "v.yml:3:3: unknown key 'port-group' in vars: did you mean 'port-groups'?"},
  };
  for (const auto& c : cases) {
    const auto values = parse_rule_variables(c.text, "v.yml", nullptr);
    ASSERT_FALSE(values) << c.text;
    EXPECT_EQ(values.error().text, c.message);
  }
}

TEST(RuleVariables, are_checked_with_all_the_others_at_hand) {
  const auto check = [](RuleVariableGroup group, std::string_view value,
                        const RuleVariableMap& all) -> std::string {
    EXPECT_EQ(all.size(), 3U);
    if (value != "bad") return {};
    return group == RuleVariableGroup::ports ? "no ports" : "no addresses";
  };
  const auto values = parse_rule_variables(
      "vars:\n  address-groups:\n    A: bad\n    B: 10.0.0.1\n  port-groups:\n    P: bad\n",
      "v.yml", check);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().text, "v.yml:3:8: A: no addresses\nv.yml:6:8: P: no ports");
}

TEST(RuleVariables, come_from_a_file) {
  const ScratchFolder folder;
  folder.write("v.yml", "vars:\n  port-groups:\n    A: 1:2\n");
  const auto values = load_rule_variables(folder.file("v.yml"), nullptr);
  ASSERT_TRUE(values) << values.error().text;
  EXPECT_EQ(values->at("A"), "1:2");
  EXPECT_FALSE(load_rule_variables(folder.file("none.yml"), nullptr));
}

}  // namespace
}  // namespace rampart::scenarios
