#include "sniffer/detect/variables.h"

#include <gtest/gtest.h>

#include "packet_builder.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

using test::at;
using test::ip;

// Rules by their options; each tells whether it holds, and then does what it does.
class Table {
 public:
  explicit Table(const std::vector<std::string>& options) {
    std::string text;
    for (std::size_t i = 0; i < options.size(); ++i)
      text +=
          "alert ip any any -> any any (" + options[i] + "; sid:" + std::to_string(i + 1) + ";)\n";
    auto parsed = parse_rules(text, "t");
    for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
    rules_ = std::move(parsed.set.rules);
    packet.source = ip("10.0.0.1");
    packet.destination = ip("10.0.0.2");
    packet.time = at(0);
  }
  // '!' for each rule that held and was applied, '.' for the others.
  std::string run(Flow* flow) {
    std::string out;
    for (const auto& rule : rules_) {
      const bool held = variables.hold(rule, flow, packet);
      if (held) variables.apply(rule, flow, packet);
      out += held ? '!' : '.';
    }
    return out;
  }

  Packet packet;
  Variables variables{{1, 2}};

 private:
  std::vector<Rule> rules_;
};

TEST(Variables, flowbits_live_with_their_flow) {
  Table table({"flowbits:isset,a", "flowbits:isnotset,a", "flowbits:set,a", "flowbits:isset,a"});
  Flow one;
  Flow other;
  EXPECT_EQ(table.run(&one), ".!!!");
  EXPECT_EQ(table.run(&one), "!.!!");
  EXPECT_EQ(table.run(&other), ".!!!");
  table.variables.forget(one);
  EXPECT_EQ(table.run(&one), ".!!!");
  EXPECT_EQ(table.run(nullptr), "..!.") << "no flow: nothing is known and nothing is kept";
}

TEST(Variables, flowbits_do_what_they_say) {
  struct Case {
    std::vector<std::string> options;
    const char* expected;
  };
  const Case cases[] = {
      {{"flowbits:set,a", "flowbits:unset,a", "flowbits:isset,a"}, "!!."},
      {{"flowbits:toggle,a", "flowbits:isset,a", "flowbits:toggle,a", "flowbits:isset,a"}, "!!!."},
      {{"flowbits:set,b", "flowbits:isset,a|b", "flowbits:isset,a|c"}, "!!."},
      {{"flowbits:set,b", "flowbits:isnotset,a|b", "flowbits:set,a", "flowbits:isnotset,a|b"},
       "!!!."},
      {{"flowbits:set,a; flowbits:set,b", "flowbits:isset,a; flowbits:isset,b"}, "!!"},
      {{"flowbits:set,a", "flowbits:isset,a; flowbits:unset,a", "flowbits:isset,a"}, "!!."},
  };
  for (const auto& c : cases) {
    Table table(c.options);
    Flow flow;
    EXPECT_EQ(table.run(&flow), c.expected) << c.options[0];
  }
}

TEST(Variables, many_flowbits_keep_apart) {
  std::vector<std::string> options;
  for (int i = 0; i < 200; ++i) options.push_back("flowbits:set,b" + std::to_string(i));
  options.emplace_back("flowbits:isset,b199");
  options.emplace_back("flowbits:isset,unknown");
  Table table(options);
  Flow flow;
  const auto out = table.run(&flow);
  EXPECT_EQ(out.substr(200), "!.");
}

TEST(Variables, flowints_count_and_compare) {
  struct Case {
    std::vector<std::string> options;
    const char* expected;
  };
  const Case cases[] = {
      {{"flowint:n,isset", "flowint:n,isnotset", "flowint:n,notset", "flowint:n,=,5",
        "flowint:n,isset"},
       ".!!!!"},
      {{"flowint:n,+,2", "flowint:n,+,3", "flowint:n,==,5", "flowint:n,!=,5", "flowint:n,>,4",
        "flowint:n,>=,5", "flowint:n,<,5", "flowint:n,<=,5"},
       "!!!.!!.!"},
      {{"flowint:n,=,2", "flowint:n,-,3", "flowint:n,==,0"}, "!!!"},
      {{"flowint:n,==,0", "flowint:n,!=,0"}, ".."},
      {{"flowint:m,=,7", "flowint:n,=,m", "flowint:n,==,m", "flowint:n,==,7", "flowint:n,==,x"},
       "!!!!."},
      {{"flowint:n,=,4294967295", "flowint:n,+,2", "flowint:n,==,4294967295"}, "!!!"},
  };
  for (const auto& c : cases) {
    Table table(c.options);
    Flow flow;
    EXPECT_EQ(table.run(&flow), c.expected) << c.options[0];
  }
}

TEST(Variables, xbits_belong_to_hosts_for_a_time) {
  Table table({"xbits:isset,a,track ip_src", "xbits:isnotset,a,track ip_dst",
               "xbits:isset,a,track ip_pair", "xbits:set,a,track ip_src,expire 10",
               "xbits:isset,a,track ip_src"});
  EXPECT_EQ(table.run(nullptr), ".!.!!");
  table.packet.time = at(10);
  EXPECT_EQ(table.run(nullptr), "!!.!!");
  std::swap(table.packet.source, table.packet.destination);
  EXPECT_EQ(table.run(nullptr), "...!!") << "the same host is the destination now";
  table.packet.time = at(21);
  EXPECT_EQ(table.run(nullptr), ".!.!!");
}

TEST(Variables, a_pair_is_the_same_both_ways) {
  Table table({"xbits:isset,a,track ip_pair", "xbits:set,a,track ip_pair"});
  EXPECT_EQ(table.run(nullptr), ".!");
  std::swap(table.packet.source, table.packet.destination);
  EXPECT_EQ(table.run(nullptr), "!!");
  table.packet.source = ip("10.0.0.9");
  EXPECT_EQ(table.run(nullptr), ".!");
}

TEST(Variables, xbits_are_unset_and_toggled) {
  Table table({"xbits:set,a,track ip_src", "xbits:toggle,a,track ip_src",
               "xbits:isset,a,track ip_src", "xbits:toggle,a,track ip_src",
               "xbits:isset,a,track ip_src", "xbits:unset,a,track ip_src",
               "xbits:isset,a,track ip_src"});
  EXPECT_EQ(table.run(nullptr), "!!.!!!.");
}

TEST(Variables, hosts_are_bounded) {
  HostBits bits({1, 2}, 64);
  Packet packet;
  packet.time = at(0);
  packet.destination = ip("10.0.0.2");
  Xbits set;
  for (std::uint8_t i = 0; i < 200; ++i) {
    packet.source = base::IpAddress::v4(10, 1, 1, i);
    bits.change(set, packet);
    EXPECT_TRUE(bits.is_set(set, packet)) << "the newest is always kept";
  }
  EXPECT_GE(bits.displaced(), 200U - 64U);
}

}  // namespace
}  // namespace rampart::sniffer
