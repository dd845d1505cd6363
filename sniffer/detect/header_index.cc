#include "sniffer/detect/header_index.h"

#include <algorithm>

namespace rampart::sniffer {
namespace {

// Of one /16 or /64: so wide a range covers few ends of others.
bool is_narrow(const base::IpAddress& low, const base::IpAddress& high) {
  const auto prefix = low.v6 ? 8 : 2;
  return low.v6 == high.v6 &&
         std::equal(low.bytes.begin(), low.bytes.begin() + prefix, high.bytes.begin());
}

bool is_narrow(std::uint16_t low, std::uint16_t high) { return high - low < 16; }

// Nothing but narrow ranges: only there can the rule match.
template <class T>
bool is_indexable(const ValueSet<T>& set) {
  return set.members.empty() && !set.ranges.empty() &&
         std::all_of(set.ranges.begin(), set.ranges.end(),
                     [](const auto& r) { return is_narrow(r.low, r.high); });
}

template <class T>
void add_ranges(IntervalIndex<T, RuleId>& index, const ValueSet<T>& set, RuleId id) {
  for (const auto& range : set.ranges) index.add(range.low, range.high, id);
}

}  // namespace

void HeaderIndex::add(RuleId id, const Rule& rule) {
  ++size_;
  const auto add_by = [&](auto& forward, auto& backward, const auto& set) {
    add_ranges(forward, set, id);
    if (rule.bidirectional) add_ranges(backward, set, id);
  };
  if (is_indexable(rule.destination))
    add_by(by_destination_, by_source_, rule.destination);
  else if (is_indexable(rule.source))
    add_by(by_source_, by_destination_, rule.source);
  else if (is_indexable(rule.destination_ports))
    add_by(by_destination_port_, by_source_port_, rule.destination_ports);
  else if (is_indexable(rule.source_ports))
    add_by(by_source_port_, by_destination_port_, rule.source_ports);
  else
    others_.push_back(id);
}

void HeaderIndex::seal() {
  by_source_.seal();
  by_destination_.seal();
  by_source_port_.seal();
  by_destination_port_.seal();
}

std::span<const RuleId> HeaderIndex::candidates(const Packet& packet) {
  const auto take = [&](std::span<const RuleId> ids) {
    found_.insert(found_.end(), ids.begin(), ids.end());
  };
  found_.assign(others_.begin(), others_.end());
  take(by_source_.at(packet.source));
  take(by_destination_.at(packet.destination));
  take(by_source_port_.at(packet.source_port));
  take(by_destination_port_.at(packet.destination_port));
  if (found_.size() != others_.size()) {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
  }
  return found_;
}

}  // namespace rampart::sniffer
