#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "model/wire.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// What the operator does not want to hear of attacks that were told from behaviour; an entry of
// threshold.config.
struct AttackSuppression {
  std::uint32_t sid = 0;  // 0: each of them
  Suppression what;
};

// Holds reports of attacks back. One that was reported is reported to its end. One thread.
class AttackFilter {
 public:
  explicit AttackFilter(std::vector<AttackSuppression> entries) : entries_(std::move(entries)) {}

  // `detection` has a behaviour. True where nobody is to hear of it.
  bool holds_back(const model::Detection& detection);

  [[nodiscard]] std::uint64_t held_back() const { return held_back_; }  // attacks, as they began

 private:
  std::vector<AttackSuppression> entries_;
  std::set<std::uint64_t> told_;  // numbers of attacks under way, which are few
  std::uint64_t held_back_ = 0;
};

}  // namespace rampart::sniffer
