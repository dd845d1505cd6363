#include "sniffer/detect/icmp_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;

Packet packet(std::uint8_t type, bool back, double seconds, std::uint8_t version = 4) {
  Packet out;
  out.time = at(seconds);
  out.ip_version = version;
  out.proto = version == 4 ? ip_proto::kIcmp : ip_proto::kIcmp6;
  out.transport = true;
  out.source = ip(version == 4 ? "10.0.0.1" : "2001:db8::1");
  out.destination = ip(version == 4 ? "10.0.0.2" : "2001:db8::2");
  if (back) std::swap(out.source, out.destination);
  out.icmp_type = type;
  return out;
}

TEST(IcmpPairs, question_and_answer_are_one_kind_and_two_directions) {
  IcmpPairs pairs({1, 2});
  struct Case {
    std::uint8_t type;
    bool back;
    double at;
    bool begins;
    std::uint8_t version = 4;
  };
  const Case cases[] = {
      {8, false, 0, true},       {0, true, 0, true},
      {8, false, 1, false},      {0, true, 1, false},
      {8, true, 1, false},  // a question of the other side
      {13, false, 2, true},      {14, true, 2, true},
      {13, false, 3, false},     {9, false, 3, true},
      {128, false, 4, true, 6},  {129, true, 4, true, 6},
      {128, false, 5, false, 6}, {135, false, 5, true, 6},
      {8, false, 200, false},  // both have spoken: that lasts
      {9, false, 200, true},   // one has
  };
  for (const auto& c : cases)
    EXPECT_EQ(pairs.begins(packet(c.type, c.back, c.at, c.version)), c.begins)
        << int{c.type} << (c.back ? " back" : "") << " at " << c.at;
}

TEST(IcmpPairs, pings_with_several_identifiers_are_one_conversation_to_rules) {
  Replay run;
  run.rules =
      "alert icmp any any -> any any (sid:1;)\n"
      "alert icmp any any -> any any (ttl:>0; sid:2;)\n";
  const IpBuilder there, back{.source = ip("10.0.0.2"), .destination = ip("10.0.0.1")};
  for (const int number : {1, 1, 2, 3}) {
    const auto id = static_cast<std::uint16_t>(number);
    run.add(ethernet(icmp(there, 8, id, 1)));
    run.add(ethernet(icmp(back, 0, id, 1)));
  }
  const auto sids = run.go();
  EXPECT_EQ(std::count(sids.begin(), sids.end(), 1U), 2);
  EXPECT_EQ(std::count(sids.begin(), sids.end(), 2U), 8);
}

// Each identifier is a flow, with bits of its own.
TEST(IcmpPairs, what_rules_do_to_flows_they_do_to_each_of_a_conversation) {
  struct Case {
    const char* rules;
    std::vector<std::uint32_t> alerts;
  };
  const Case cases[] = {
      {"alert icmp any any -> any any (flowbits:set,seen; noalert; sid:1;)\n"
       "alert icmp any any -> any any (flowbits:isset,seen; content:\"evil\"; sid:2;)\n",
       {2, 2}},
      {"alert icmp any any -> any any (flowbits:set,seen; sid:1;)\n"
       "alert icmp any any -> any any (flowbits:isset,seen; content:\"evil\"; sid:2;)\n",
       {1, 2, 2}},
      {"pass icmp any any -> any any (sid:1;)\n"
       "alert icmp any any -> any any (content:\"evil\"; sid:2;)\n",
       {}},
      {"drop icmp any any -> any any (sid:1;)\n"
       "alert icmp any any -> any any (content:\"evil\"; sid:2;)\n",
       {1}},
  };
  for (const auto& c : cases) {
    Replay run;
    run.rules = c.rules;
    run.add(ethernet(icmp({}, 8, 1, 1, "plain")));
    for (const auto id : {std::uint16_t{2}, std::uint16_t{3}}) {
      run.add(ethernet(icmp({}, 8, id, 1, "plain")));
      run.add(ethernet(icmp({}, 8, id, 2, "evil")));
    }
    EXPECT_EQ(run.go(), c.alerts) << c.rules;
  }
}

}  // namespace
}  // namespace rampart::sniffer
