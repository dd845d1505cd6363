#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sniffer/detect/pattern_set.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// A number of a rule within a detector; the lower takes precedence.
using RuleId = std::uint32_t;

// The content to search for among those that must occur: the one that the rule names, else the
// longest. Null where there is none.
const Content* fast_pattern_of(std::span<const PayloadMatch> matches);

// Rules that look at the same kind of bytes. One scan finds those whose fast pattern occurs; rules
// without any literal are always candidates.
class RuleGroup {
 public:
  // A rule, and the literal that must occur for it to match; null: none.
  struct Member {
    RuleId rule;
    const Content* literal;
  };
  static base::Result<RuleGroup> build(std::span<const Member> members, PatternSet::Mode mode,
                                       ScanScratch& scratch);

  [[nodiscard]] bool empty() const { return patterns_.empty() && unfiltered_.empty(); }
  [[nodiscard]] PatternSet& patterns() { return patterns_; }
  [[nodiscard]] std::span<const RuleId> rules_of(std::uint32_t pattern) const {
    return {rules_.data() + first_[pattern], first_[pattern + 1] - first_[pattern]};
  }
  // Rules with payload keywords but no literal to search for.
  [[nodiscard]] const std::vector<RuleId>& unfiltered() const { return unfiltered_; }

 private:
  PatternSet patterns_;
  std::vector<std::uint32_t> first_;  // by pattern, into rules_
  std::vector<RuleId> rules_;
  std::vector<RuleId> unfiltered_;
};

}  // namespace rampart::sniffer
