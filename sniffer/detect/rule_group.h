#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sniffer/detect/pattern_set.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// A number of a rule within a detector; the lower takes precedence.
using RuleId = std::uint32_t;

// Rules that look at the same kind of bytes. One scan finds those whose fast pattern occurs; rules
// without any literal are always candidates.
class RuleGroup {
 public:
  // Takes the members of `rules` that are listed in `ids`.
  static base::Result<RuleGroup> build(std::span<const Rule> rules, const std::vector<RuleId>& ids,
                                       PatternSet::Mode mode, ScanScratch& scratch);

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
