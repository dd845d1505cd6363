#include "model/behaviour.h"

#include <gtest/gtest.h>

namespace rampart::model {
namespace {

Behaviour full() {
  Behaviour b;
  b.cause = Cause::attack_slow_http;
  b.phase = BehaviourPhase::end;
  b.number = 3;
  b.target = {base::IpAddress::parse("2001:db8::1").value(), 443};
  b.from = base::WallTime(std::chrono::seconds(100));
  b.to = base::WallTime(std::chrono::seconds(105));
  b.count = 6;
  b.rate = 7.5;
  b.peak = 8.25;
  b.threshold = 9;
  b.baseline = 0.5;
  b.unit = "slow requests at a time";
  b.sources = 10;
  b.top = {{base::IpAddress::v4(192, 0, 2, 1), 11}, {base::IpAddress::v4(192, 0, 2, 2), 12}};
  b.impact = Impact::degrading;
  b.evidence = {{"a \"quoted\" series", 13.5, "ms", "< 5 ms"}};
  return b;
}

TEST(Behaviour, comes_back_from_its_json) {
  const auto back = behaviour_from_json(to_json(full()));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(*back, full());
}

TEST(Behaviour, damaged_json_is_an_error) {
  auto text = to_json(full());
  const auto without = [&](std::string_view what, std::string_view with) {
    auto out = text;
    return out.replace(out.find(what), what.size(), with);
  };
  for (const auto& bad :
       {std::string(), std::string("{}"), text.substr(0, text.size() / 2),
        without("attack.slow_http", "attack.none"), without("2001:db8::1", "nowhere"),
        without("degrading", "great"), without("\"count\":6", "\"count\":\"six\""),
        without("\"end\"", "\"middle\""), without("\"target_port\":443", "\"target_port\":65979"),
        without("\"count\":6", "\"count\":-6"), without("\"sources\":10", "\"sources\":10.5"),
        without("100000000000", "18446744073709551615")}) {
    const auto read = behaviour_from_json(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, base::Errc::parse);
  }
}

// Documented in docs/behaviour.md, and in other people's filters.
TEST(Behaviour, sids_are_stable) {
  constexpr std::pair<Cause, std::uint32_t> kSids[] = {
      {Cause::attack_syn_flood, 1},  {Cause::attack_icmp_flood, 2}, {Cause::attack_udp_flood, 3},
      {Cause::attack_http_flood, 4}, {Cause::attack_slow_http, 5},  {Cause::attack_port_scan, 6},
      {Cause::attack_brute_force, 7}};
  for (const auto& [cause, sid] : kSids) {
    EXPECT_EQ(behaviour_sid(cause), sid);
    EXPECT_EQ(behaviour_cause(sid), cause);
  }
  EXPECT_EQ(behaviour_sid(Cause::attack_signature), 0U);
  EXPECT_EQ(behaviour_cause(8), Cause::unknown);
}

}  // namespace
}  // namespace rampart::model
