#include "sniffer/rules/threshold_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ThresholdConfig, reads_what_others_read) {
  const auto config = parse_thresholds(
      "# a comment\n"
      "\n"
      "suppress gen_id 1, sig_id 7\n"
      "suppress gen_id 1, sig_id 7, track by_either, ip [10.0.0.0/8, !10.1.2.3]\n"
      "event_filter gen_id 1,sig_id 8,type both,track by_dst,count 5,seconds 60\r\n"
      "threshold gen_id 0, sig_id 0, type limit, \\\n"
      "  track by_rule, count 1, seconds 3600\n"
      "rate_filter gen_id 1, sig_id 9, track by_src, count 10, seconds 60, \\\n"
      "  new_action pass, timeout 300\n"
      "rate_filter gen_id 1, sig_id 9, track by_both, count 10, seconds 60, new_action alert, "
      "timeout 0",
      "t.config");
  for (const auto& d : config.diagnostics) ADD_FAILURE() << to_string(d);
  ASSERT_EQ(config.entries.size(), 6U);
  EXPECT_EQ(config.entries[0].line, 3U);
  EXPECT_EQ(std::get<Suppression>(config.entries[0].what).track, Suppression::Track::always);
  const auto& either = std::get<Suppression>(config.entries[1].what);
  EXPECT_EQ(either.track, Suppression::Track::by_either);
  EXPECT_TRUE(either.addresses.contains(ip("10.9.9.9")));
  EXPECT_FALSE(either.addresses.contains(ip("10.1.2.3")));
  const auto& both = std::get<Threshold>(config.entries[2].what);
  EXPECT_EQ(both.type, Threshold::Type::both);
  EXPECT_EQ(both.track, Threshold::Track::by_dst);
  EXPECT_EQ(both.count, 5U);
  EXPECT_EQ(both.seconds, 60U);
  EXPECT_EQ(config.entries[3].gid, 0U);
  const auto& rate = std::get<RateFilter>(config.entries[4].what);
  EXPECT_EQ(rate.count, 10U);
  EXPECT_EQ(rate.timeout, 300U);
  EXPECT_EQ(config.entries[5].line, 10U);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(config.entries[5].what));
}

TEST(ThresholdConfig, says_where_a_line_is_wrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"suppres gen_id 1, sig_id 7",
       "t:1:1: 'suppres' is none of: suppress, threshold, event_filter, rate_filter"},
      {"suppress sig_id 7", "t:1:1: 'gen_id' is missing"},
      {"suppress gen_id 1, sig_id x",
       "t:1:27: 'sig_id' takes a number from 0 to 4294967295, not 'x'"},
      {"suppress gen_id 0, sig_id 7",
       "t:1:1: gen_id 0 means every rule, so sig_id must be 0 with it; rules have gen_id 1 where "
       "they say nothing else"},
      {"threshold gen_id 1000, sig_id 6, type limit, track by_src, count 1, seconds 60",
       "t:1:1: gen_id 1000 are attacks without a signature, which can only be suppressed"},
      {"suppress gen_id 1000, sig_id 99",
       "t:1:1: there is no attack without a signature with sig_id 99; docs/behaviour.md has them"},
      {"suppress gen_id 1, sig_id 7, track by_rule, ip 10.0.0.1",
       "t:1:36: 'by_rule' is none of: by_src, by_dst, by_either"},
      {"suppress gen_id 1, sig_id 7, track by_src", "t:1:1: 'ip' is missing"},
      {"suppress gen_id 1, sig_id 7, ip 10.0.0.1",
       "t:1:30: 'ip' has no meaning here, or stands here twice"},
      {"suppress gen_id 1, sig_id 7, sig_id 8",
       "t:1:30: 'sig_id' has no meaning here, or stands here twice"},
      {"\nthreshold gen_id 1, sig_id 7, type detection_filter, track by_src, count 1, seconds 1",
       "t:2:36: 'detection_filter' is none of: limit, threshold, both"},
      {"threshold gen_id 1, sig_id 7, type limit, \\\n track by_src, count 0, seconds 1",
       "t:2:22: 'count' takes a number from 1 to 1000000000, not '0'"},
      {"rate_filter gen_id 1, sig_id 7, track by_src, count 1, seconds 1, new_action drop, "
       "timeout 5",
       "t:1:78: new_action 'drop' is not possible: rampart listens and cannot stop packets; use "
       "alert or pass"},
      {"rate_filter gen_id 1, sig_id 7, track by_src, count 1, seconds 1, new_action pass",
       "t:1:1: 'timeout' is missing"},
  };
  for (const auto& [text, expected] : cases) {
    const auto config = parse_thresholds(text, "t");
    EXPECT_TRUE(config.entries.empty()) << text;
    ASSERT_EQ(config.diagnostics.size(), 1U) << text;
    EXPECT_EQ(to_string(config.diagnostics[0]), expected);
  }
  EXPECT_EQ(parse_thresholds("suppress gen_id 1, sig_id 7, track by_src, ip 10.0.0.300", "t")
                .diagnostics.size(),
            1U);
}

// Ten matches of sid 1 and of sid 2 (which has a threshold of its own), 10.0.0.1 to 10.0.0.2.
std::vector<std::uint32_t> alerts_with(const std::string& config, int matches = 10) {
  Replay run;
  run.rules = R"(alert udp any any -> any any (content:"a"; sid:1;)
alert udp any any -> any any (content:"a"; threshold:type limit, track by_src, count 2, seconds 60; sid:2;))";
  const auto parsed = parse_thresholds(config, "t", {{"US", "10.0.0.2"}});
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
  run.thresholds = &parsed;
  for (int i = 0; i < matches; ++i) run.add(static_cast<double>(i), ethernet(udp({}, 1, 2, "a")));
  return run.go();
}

std::size_t count(const std::vector<std::uint32_t>& sids, std::uint32_t sid) {
  return static_cast<std::size_t>(std::count(sids.begin(), sids.end(), sid));
}

TEST(ThresholdConfig, changes_what_is_alerted) {
  const struct {
    const char* config;
    std::size_t first, second;  // alerts of sid 1 and sid 2
  } cases[] = {
      {"", 10, 2},
      {"suppress gen_id 1, sig_id 1", 0, 2},
      {"suppress gen_id 0, sig_id 0", 0, 0},
      {"suppress gen_id 2, sig_id 0", 10, 2},
      {"suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.1", 0, 2},
      {"suppress gen_id 1, sig_id 1, track by_dst, ip 10.0.0.1", 10, 2},
      {"suppress gen_id 1, sig_id 1, track by_dst, ip $US", 0, 2},
      {"suppress gen_id 1, sig_id 1, track by_either, ip $US", 0, 2},
      {"suppress gen_id 1, sig_id 1, track by_either, ip [10.0.0.0/8,!10.0.0.1,!10.0.0.2]", 10, 2},
      {"threshold gen_id 1, sig_id 1, type limit, track by_src, count 3, seconds 60", 3, 2},
      {"threshold gen_id 1, sig_id 2, type limit, track by_src, count 3, seconds 60", 10, 3},
      {"threshold gen_id 1, sig_id 0, type limit, track by_src, count 3, seconds 60", 3, 2},
      {"threshold gen_id 1, sig_id 0, type limit, track by_src, count 3, seconds 60\n"
       "threshold gen_id 1, sig_id 1, type limit, track by_src, count 4, seconds 60",
       4, 2},
      {"event_filter gen_id 1, sig_id 1, type threshold, track by_src, count 5, seconds 60", 2, 2},
      {"rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action pass, "
       "timeout 100",
       4, 2},
      {"rate_filter gen_id 1, sig_id 1, track by_rule, count 4, seconds 60, new_action pass, "
       "timeout 3",
       7, 2},
      {"rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 2, new_action pass, "
       "timeout 100",
       10, 2},
      {"rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action alert, "
       "timeout 3",
       10, 2},
      {"rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action pass, "
       "timeout 100\n"
       "rate_filter gen_id 0, sig_id 0, track by_src, count 8, seconds 60, new_action pass, "
       "timeout 100",
       4, 2},
      {"rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action alert, "
       "timeout 3\n"
       "rate_filter gen_id 0, sig_id 0, track by_src, count 1, seconds 60, new_action pass, "
       "timeout 100",
       10, 1},
  };
  for (const auto& c : cases) {
    const auto sids = alerts_with(c.config);
    EXPECT_EQ(count(sids, 1), c.first) << c.config;
    EXPECT_EQ(count(sids, 2), c.second) << c.config;
  }
}

TEST(ThresholdConfig, is_told_to_hold_a_rule_back_where_it_does) {
  const auto rules = parse_rules(R"(alert udp any any -> any any (content:"a"; sid:1;)
alert udp any any -> any any (content:"a"; threshold:type limit, track by_src, count 2, seconds 60; sid:2;))",
                                 "t.rules");
  ASSERT_EQ(rules.set.rules.size(), 2U);
  const std::string limit = ", type limit, track by_src, count 3, seconds 60";
  const std::string filter = ", track by_src, count 3, seconds 60, timeout 9, new_action ";
  const struct {
    std::string config;
    const char* first;
    const char* second;
  } cases[] = {
      {"", "", "a threshold of its own"},
      {"suppress gen_id 1, sig_id 1", "t:1", "a threshold of its own"},
      {"\n\nsuppress gen_id 0, sig_id 0", "t:3", "t:3"},
      {"suppress gen_id 2, sig_id 0", "", "a threshold of its own"},
      {"threshold gen_id 1, sig_id 0" + limit, "t:1", "a threshold of its own"},
      {"#\nthreshold gen_id 1, sig_id 2" + limit, "", "t:2"},
      {"rate_filter gen_id 1, sig_id 1" + filter + "pass", "t:1", "a threshold of its own"},
      {"rate_filter gen_id 1, sig_id 1" + filter + "alert", "", "a threshold of its own"},
      {"rate_filter gen_id 1, sig_id 1" + filter + "alert\nrate_filter gen_id 1, sig_id 0" +
           filter + "pass",
       "", "t:2"},
  };
  for (const auto& c : cases) {
    const auto config = parse_thresholds(c.config, "t");
    for (const auto& d : config.diagnostics) ADD_FAILURE() << to_string(d);
    EXPECT_EQ(held_back_by(rules.set.rules[0], config), c.first) << c.config;
    EXPECT_EQ(held_back_by(rules.set.rules[1], config), c.second) << c.config;
  }
}

TEST(ThresholdConfig, is_used_whole_or_not_at_all) {
  const ScratchDir dir;
  const auto good = require_thresholds(dir.write("good.config", "suppress gen_id 1, sig_id 1\n"));
  ASSERT_TRUE(good) << good.error().text;
  EXPECT_EQ(good->entries.size(), 1U);
  EXPECT_TRUE(require_thresholds("")->entries.empty());
  EXPECT_FALSE(require_thresholds(dir.path("none.config")));
  const auto path = dir.write("bad.config", "suppress gen_id 1, sig_id 1\nx\ny\n");
  const auto bad = require_thresholds(path);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, base::Errc::config);
  EXPECT_TRUE(bad.error().text.starts_with(path + ":2:1: ")) << bad.error().text;
  EXPECT_TRUE(
      bad.error().text.ends_with("; 1 more of its lines cannot be honoured: rampart check " + path))
      << bad.error().text;
}

// What a rule asks before it matches stays, whatever is said of its alerts.
TEST(ThresholdConfig, a_detection_filter_is_no_threshold) {
  const std::pair<const char*, std::size_t> cases[] = {
      {"", 4},
      {"threshold gen_id 1, sig_id 1, type limit, track by_src, count 3, seconds 60", 3},
      {"threshold gen_id 1, sig_id 0, type limit, track by_src, count 1, seconds 60", 1},
      {"threshold gen_id 1, sig_id 1, type limit, track by_src, count 9, seconds 60", 4},
      {"threshold gen_id 1, sig_id 1, type threshold, track by_src, count 2, seconds 60", 2},
  };
  for (const auto& [config, alerts] : cases) {
    Replay run;
    run.rules =
        R"(alert udp any any -> any any (content:"a"; detection_filter:track by_src, count 6, seconds 60; sid:1;))";
    const auto parsed = parse_thresholds(config, "t");
    run.thresholds = &parsed;
    for (int i = 0; i < 10; ++i) run.add(static_cast<double>(i), ethernet(udp({}, 1, 2, "a")));
    EXPECT_EQ(run.go().size(), alerts) << config;
  }
}

TEST(ThresholdConfig, a_filter_without_timeout_stays) {
  const auto sids = alerts_with(
      "rate_filter gen_id 1, sig_id 1, track by_src, count 4, seconds 60, new_action pass, "
      "timeout 0",
      500);
  EXPECT_EQ(count(sids, 1), 4U);
}

TEST(ThresholdConfig, a_suppressed_rule_still_sets_its_bits) {
  Replay run;
  run.rules = R"(alert udp any any -> any any (content:"a"; flowbits:set,x; sid:1;)
alert udp any any -> any any (content:"b"; flowbits:isset,x; sid:2;))";
  const auto parsed = parse_thresholds("suppress gen_id 1, sig_id 1", "t");
  run.thresholds = &parsed;
  run.add(ethernet(udp({}, 1, 2, "a")));
  run.add(ethernet(udp({}, 1, 2, "b")));
  EXPECT_THAT(run.go(), ElementsAre(2));
  EXPECT_EQ(run.totals.alerts_suppressed, 1U);
}

TEST(ThresholdConfig, an_entry_for_a_rule_that_is_not_there_is_told) {
  RuleSet rules;
  const auto config = parse_thresholds("\nsuppress gen_id 1, sig_id 7\n", "t");
  const auto notes = apply_thresholds(config, rules);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(to_string(notes[0]), "t:2:1: no loaded rule has gen_id 1 and sig_id 7");
  EXPECT_THAT(apply_thresholds(parse_thresholds("suppress gen_id 1, sig_id 0", "t"), rules),
              IsEmpty());
}

TEST(ThresholdConfig, a_file_that_is_not_there_is_an_error) {
  EXPECT_FALSE(load_thresholds("/nonexistent/threshold.config"));
}

}  // namespace
}  // namespace rampart::sniffer
