#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "sniffer/behaviour/attack_filter.h"
#include "sniffer/rules/rule.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {

// What the operator says of rules without editing them: the file that Suricata and Snort call
// threshold.config. One entry a line, a backslash at the end continues it, '#' comments out:
//
//   suppress gen_id 1, sig_id 2002087
//   suppress gen_id 1, sig_id 2002087, track by_src|by_dst|by_either, ip [10.0.0.0/8,!10.1.2.3]
//   threshold gen_id 1, sig_id 2002087, type limit|threshold|both,
//     track by_src|by_dst|by_rule|by_both, count 1, seconds 60     (or event_filter)
//   rate_filter gen_id 1, sig_id 2002087, track ..., count 10, seconds 60,
//     new_action alert|pass, timeout 300
//
// sig_id 0 means every rule of the generator, gen_id 0 with it every rule. Attacks without a
// signature (gen_id 1000) can be suppressed alone; gen_id 0 means them too.
struct ThresholdEntry {
  std::uint32_t gid = 0;
  std::uint32_t sid = 0;
  // monostate: a rate filter whose new action is to alert: the rule has none
  std::variant<std::monostate, Suppression, Threshold, RateFilter> what;
  std::size_t line = 0;  // 1-based

  [[nodiscard]] bool concerns(const Rule& rule) const {
    return (gid == 0 || gid == rule.gid) && (sid == 0 || sid == rule.sid);
  }
};

struct ThresholdConfig {
  std::string file;
  std::vector<ThresholdEntry> entries;
  std::vector<Diagnostic> diagnostics;  // one per line that cannot be honoured
};

// `variables` as for rules.
ThresholdConfig parse_thresholds(std::string_view text, std::string_view file,
                                 const RuleVariables& variables = {});
// Fails only where the file cannot be read.
base::Result<ThresholdConfig> load_thresholds(const std::string& path,
                                              const RuleVariables& variables = {});

// For those who use the file whole or not at all, since a part of it would hide what its owner
// wants to see, or the reverse: Errc::config with the place of the first line that cannot be
// honoured. No entries where `path` is empty.
base::Result<ThresholdConfig> require_thresholds(const std::string& path,
                                                 const RuleVariables& variables = {});

// What keeps the rule, as it was loaded, from alerting at each match: "FILE:LINE" of an entry that
// does, or "a threshold of its own"; empty: nothing.
std::string held_back_by(const Rule& rule, const ThresholdConfig& config);

// What the entries say of attacks without a signature.
std::vector<AttackSuppression> attack_suppressions(const ThresholdConfig& config);

// Suppressions add up. A threshold for one rule replaces the rule's own, not its detection_filter;
// one for many is for those without. The last rate filter stands, one for a single rule above those
// for many. Returns an entry's diagnostic where
// it names a rule that is not there.
std::vector<Diagnostic> apply_thresholds(const ThresholdConfig& config, RuleSet& rules);

}  // namespace rampart::sniffer
