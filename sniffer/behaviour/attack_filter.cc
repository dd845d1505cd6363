#include "sniffer/behaviour/attack_filter.h"

#include <algorithm>

namespace rampart::sniffer {
namespace {

// Of an attack by many, one of whom is in the set, the others are not to be hidden.
bool all_sources_in(const AddressSet& set, const model::Behaviour& b) {
  return !b.top.empty() && b.sources <= b.top.size() &&
         std::all_of(b.top.begin(), b.top.end(),
                     [&](const auto& source) { return set.contains(source.address); });
}

bool concerns(const AttackSuppression& entry, const model::Detection& detection) {
  if (entry.sid != 0 && entry.sid != detection.sid) return false;
  const auto& b = *detection.behaviour;
  const auto& set = entry.what.addresses;
  switch (entry.what.track) {
    case Suppression::Track::always: return true;
    case Suppression::Track::by_src: return all_sources_in(set, b);
    case Suppression::Track::by_dst: return set.contains(b.target.address);
    case Suppression::Track::by_either:
      return all_sources_in(set, b) || set.contains(b.target.address);
  }
  return false;
}

}  // namespace

bool AttackFilter::holds_back(const model::Detection& detection) {
  if (entries_.empty()) return false;
  const auto number = detection.behaviour->number;
  const auto phase = detection.behaviour->phase;
  const bool held = !told_.contains(number) &&
                    std::any_of(entries_.begin(), entries_.end(),
                                [&](const auto& entry) { return concerns(entry, detection); });
  if (held && phase == model::BehaviourPhase::begin) ++held_back_;
  if (!held) told_.insert(number);
  if (phase == model::BehaviourPhase::end) told_.erase(number);
  return held;
}

}  // namespace rampart::sniffer
