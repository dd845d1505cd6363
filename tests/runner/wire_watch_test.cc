#include "runner/wire_watch.h"

#include <gtest/gtest.h>

#include <string>

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

TEST(CheckCanaries, RefusesWhatWouldLookLikeABlindSniffer) {
  const auto rules = sniffer::parse_rules(
      R"(alert tcp any any -> any any (content:"a"; sid:1;)
alert tcp any any -> any any (content:"a"; sid:2;)
alert tcp any any -> any any (content:"a"; threshold:type limit, track by_src, count 1, seconds 60; sid:3;))",
      "t.rules");
  ASSERT_EQ(rules.set.rules.size(), 3U);
  const struct {
    std::vector<std::uint32_t> sids;
    const char* thresholds;
    std::string wanted;  // how the error begins; empty: none
  } cases[] = {
      {{1, 2}, "", ""},
      {{1, 4}, "", "canaries: no loaded rule has sid 4"},
      {{3}, "", "canaries: sid 3 is held back by a threshold of its own"},
      {{1, 2}, "#\nsuppress gen_id 1, sig_id 2", "canaries: sid 2 is held back by t.config:2,"},
      {{1}, "suppress gen_id 1, sig_id 2", ""},
      {{1},
       "threshold gen_id 1, sig_id 0, type limit, track by_src, count 1, seconds 9",
       "canaries: sid 1 is held back by t.config:1,"},
      {{1},
       "rate_filter gen_id 1, sig_id 1, track by_src, count 1, seconds 9, new_action pass, "
       "timeout 9",
       "canaries: sid 1 is held back by t.config:1,"},
  };
  for (const auto& c : cases) {
    model::Plan plan;
    plan.canaries = model::CanarySpec{1s, c.sids, 0};
    const auto config = sniffer::parse_thresholds(c.thresholds, "t.config");
    ASSERT_TRUE(config.diagnostics.empty()) << c.thresholds;
    const auto checked = check_canaries(plan, rules.set, config);
    EXPECT_EQ(checked.has_value(), c.wanted.empty()) << c.thresholds;
    if (checked) continue;
    EXPECT_EQ(checked.error().code, base::Errc::config);
    EXPECT_TRUE(checked.error().text.starts_with(c.wanted)) << checked.error().text;
  }
}

}  // namespace
}  // namespace rampart::runner
