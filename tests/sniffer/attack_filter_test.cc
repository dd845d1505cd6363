#include "sniffer/behaviour/attack_filter.h"

#include <gtest/gtest.h>

#include <memory>

#include "packet_builder.h"
#include "sniffer/rules/threshold_config.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using model::BehaviourPhase;

struct Attack {
  std::vector<const char*> top{"10.0.0.1"};
  std::uint64_t sources = 1;
  std::uint64_t number = 1;
  BehaviourPhase phase = BehaviourPhase::begin;
};

// A port scan of 10.0.0.9.
model::Detection told(const Attack& attack) {
  model::Behaviour b;
  b.cause = model::Cause::attack_port_scan;
  b.phase = attack.phase;
  b.number = attack.number;
  b.target = {ip("10.0.0.9"), 0};
  b.sources = attack.sources;
  for (const auto* address : attack.top) b.top.push_back({ip(address), 5});
  model::Detection out;
  out.gid = model::kBehaviourGid;
  out.sid = model::behaviour_sid(b.cause);
  out.behaviour = std::make_shared<const model::Behaviour>(std::move(b));
  return out;
}

AttackFilter filter(const std::string& config) {
  const auto parsed = parse_thresholds(config, "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
  return AttackFilter(attack_suppressions(parsed));
}

TEST(AttackFilter, holds_back_what_the_operator_names) {
  const struct {
    const char* config;
    bool held;
  } cases[] = {
      {"", false},
      {"suppress gen_id 1000, sig_id 6", true},
      {"suppress gen_id 1000, sig_id 0", true},
      {"suppress gen_id 0, sig_id 0", true},
      {"suppress gen_id 1000, sig_id 7", false},
      {"suppress gen_id 1, sig_id 6", false},
      {"suppress gen_id 1000, sig_id 6, track by_src, ip 10.0.0.1", true},
      {"suppress gen_id 1000, sig_id 6, track by_src, ip 10.0.0.9", false},
      {"suppress gen_id 1000, sig_id 6, track by_dst, ip 10.0.0.9", true},
      {"suppress gen_id 1000, sig_id 6, track by_dst, ip 10.0.0.1", false},
      {"suppress gen_id 1000, sig_id 6, track by_either, ip 10.0.0.9", true},
      {"suppress gen_id 1000, sig_id 6, track by_either, ip 10.0.0.1", true},
      {"suppress gen_id 1000, sig_id 6, track by_either, ip 10.0.0.2", false},
  };
  for (const auto& c : cases) {
    auto f = filter(c.config);
    EXPECT_EQ(f.holds_back(told({})), c.held) << c.config;
    EXPECT_EQ(f.held_back(), c.held ? 1U : 0U);
  }
}

TEST(AttackFilter, one_of_many_sources_does_not_hide_the_others) {
  auto f = filter("suppress gen_id 1000, sig_id 6, track by_src, ip [10.0.0.1,10.0.0.2]");
  EXPECT_TRUE(f.holds_back(told({.top = {"10.0.0.1", "10.0.0.2"}, .sources = 2})));
  EXPECT_FALSE(f.holds_back(told({.top = {"10.0.0.1", "10.0.0.3"}, .sources = 2, .number = 2})));
  EXPECT_FALSE(f.holds_back(told({.top = {"10.0.0.1"}, .sources = 900, .number = 3})));
  EXPECT_FALSE(f.holds_back(told({.top = {}, .sources = 0, .number = 4})));
}

TEST(AttackFilter, what_was_told_is_told_to_its_end) {
  auto f = filter("suppress gen_id 1000, sig_id 6, track by_src, ip 10.0.0.1");
  EXPECT_TRUE(f.holds_back(told({})));
  const std::vector<const char*> two{"10.0.0.1", "10.0.0.3"};
  EXPECT_FALSE(f.holds_back(told({.top = two, .sources = 2, .phase = BehaviourPhase::update})));
  EXPECT_FALSE(f.holds_back(told({.phase = BehaviourPhase::update})));
  EXPECT_FALSE(f.holds_back(told({.phase = BehaviourPhase::end})));
  EXPECT_EQ(f.held_back(), 1U);
}

}  // namespace
}  // namespace rampart::sniffer
