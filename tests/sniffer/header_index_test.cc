#include "sniffer/detect/header_index.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sniffer/detect/header_matcher.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

std::vector<Rule> parse(const std::string& text) {
  auto parsed = parse_rules(text, "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
  return std::move(parsed.set.rules);
}

Packet packet(const std::string& source, std::uint16_t source_port, const std::string& destination,
              std::uint16_t destination_port) {
  Packet out;
  out.source = *base::IpAddress::parse(source);
  out.destination = *base::IpAddress::parse(destination);
  out.source_port = source_port;
  out.destination_port = destination_port;
  out.ip_version = out.source.v6 ? 6 : 4;
  out.proto = ip_proto::kTcp;
  out.transport = true;
  return out;
}

std::vector<RuleId> candidates(const std::vector<Rule>& rules, const Packet& packet) {
  HeaderIndex index;
  for (RuleId id = 0; id < rules.size(); ++id) index.add(id, rules[id]);
  index.seal();
  const auto found = index.candidates(packet);
  return {found.begin(), found.end()};
}

TEST(HeaderIndex, finds_rules_by_what_is_narrow_in_them) {
  const auto rules = parse(
      "alert tcp any any -> [192.0.2.1,198.51.100.0/24] any (sid:1;)\n"
      "alert tcp [192.0.2.7,2001:db8::/64] any -> any any (sid:2;)\n"
      "alert tcp any any -> any 22 (flags:S; sid:3;)\n"
      "alert tcp any 6667 -> any any (flags:S; sid:4;)\n"
      "alert tcp any any -> any any (flags:S; sid:5;)\n"
      "alert tcp any any <> [192.0.2.1] any (sid:6;)\n"
      "alert tcp 10.0.0.0/8 any -> !192.0.2.1 any (sid:7;)\n");
  using Ids = std::vector<RuleId>;
  EXPECT_EQ(candidates(rules, packet("203.0.113.1", 1, "203.0.113.2", 2)), (Ids{4, 6}));
  EXPECT_EQ(candidates(rules, packet("203.0.113.1", 1, "192.0.2.1", 2)), (Ids{0, 4, 5, 6}));
  EXPECT_EQ(candidates(rules, packet("192.0.2.1", 1, "203.0.113.1", 2)), (Ids{4, 5, 6}));
  EXPECT_EQ(candidates(rules, packet("192.0.2.1", 1, "192.0.2.1", 2)), (Ids{0, 4, 5, 6}))
      << "each once";
  EXPECT_EQ(candidates(rules, packet("192.0.2.7", 6667, "198.51.100.9", 22)),
            (Ids{0, 1, 2, 3, 4, 6}));
  EXPECT_EQ(candidates(rules, packet("2001:db8::5", 1, "2001:db8::6", 2)), (Ids{1, 4, 6}));
}

// Rules that name many hosts and one network, which is everybody's: the hosts find them.
TEST(HeaderIndex, finds_rules_by_the_end_that_they_do_not_share) {
  const char* const texts[] = {
      "alert tcp [203.0.113.{}] any -> [192.0.2.1,192.0.2.9] any (sid:{};)\n",
      "alert tcp [192.0.2.0/24] any -> 203.0.113.{} any (sid:{};)\n",
      "alert tcp [[203.0.113.{}]] any -> [[192.0.2.0/24]] any (sid:{};)\n",
      "alert tcp [[203.0.113.{},198.51.100.7],198.51.100.8] any -> any any (sid:{};)\n"};
  for (const auto* text : texts) {
    std::string all;
    for (int i = 1; i <= 100; ++i) all += fmt::format(fmt::runtime(text), i, i);
    const auto rules = parse(all);
    EXPECT_EQ(candidates(rules, packet("198.51.100.1", 1, "192.0.2.1", 2)).size(), 0U) << text;
    EXPECT_EQ(candidates(rules, packet("192.0.2.1", 1, "198.51.100.1", 2)).size(), 0U) << text;
    EXPECT_EQ(candidates(rules, packet("203.0.113.5", 1, "192.0.2.1", 2)).size() +
                  candidates(rules, packet("192.0.2.1", 1, "203.0.113.5", 2)).size(),
              1U)
        << text;
  }
}

TEST(HeaderIndex, never_leaves_out_a_rule_that_matches) {
  std::mt19937 random(7);
  const std::string addresses[] = {"any",
                                   "192.0.2.1",
                                   "!192.0.2.1",
                                   "192.0.2.0/24",
                                   "[192.0.2.1,!192.0.2.2]",
                                   "192.0.0.0/8",
                                   "[192.0.2.2-192.0.2.9]",
                                   "2001:db8::1",
                                   "[192.0.2.2,2001:db8::/64]",
                                   "[[192.0.2.3,192.0.2.2],192.9.9.9]"};
  const std::string ports[] = {"any", "80", "[80,443]", "!80", "1024:", "[20:25]"};
  const std::string hosts[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.9.9.9", "2001:db8::1"};
  std::string text;
  for (int sid = 1; sid <= 300; ++sid)
    text += "alert tcp " + addresses[random() % 10] + " " + ports[random() % 6] +
            (random() % 4 == 0 ? " <> " : " -> ") + addresses[random() % 10] + " " +
            ports[random() % 6] + " (flags:0; sid:" + std::to_string(sid) + ";)\n";
  const auto rules = parse(text);
  ASSERT_EQ(rules.size(), 300U);
  int matches = 0;
  for (int n = 0; n < 200; ++n) {
    const std::uint16_t some_ports[] = {22, 80, 443, 5000};
    const auto p = packet(hosts[random() % 5], some_ports[random() % 4], hosts[random() % 5],
                          some_ports[random() % 4]);
    const auto found = candidates(rules, p);
    for (RuleId id = 0; id < rules.size(); ++id) {
      if (!header_matches(rules[id], {p})) continue;
      ++matches;
      EXPECT_TRUE(std::binary_search(found.begin(), found.end(), id)) << rules[id].sid;
    }
  }
  EXPECT_GT(matches, 1000);
}

}  // namespace
}  // namespace rampart::sniffer
