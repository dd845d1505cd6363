#include "sniffer/detect/header_index.h"

#include <algorithm>
#include <map>
#include <tuple>

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

// A rule's own values into the index of its side; of a rule for both directions into the other too.
template <class T>
void add_by(IntervalIndex<T, RuleId>& forward, IntervalIndex<T, RuleId>& backward,
            const ValueSet<T>& set, RuleId id, bool bidirectional) {
  for (const auto& range : set.ranges) {
    forward.add(range.low, range.high, id);
    if (bidirectional) backward.add(range.low, range.high, id);
  }
}

// Lists that are the same have the same; others hardly ever.
auto mark_of(const AddressSet& set) {
  return std::tuple(set.ranges.front().low, set.ranges.back().high, set.ranges.size());
}

}  // namespace

void HeaderIndex::add_by_source(RuleId id, const Rule& rule) {
  add_by(by_source_, by_destination_, rule.source, id, rule.bidirectional);
}
void HeaderIndex::add_by_destination(RuleId id, const Rule& rule) {
  add_by(by_destination_, by_source_, rule.destination, id, rule.bidirectional);
}

void HeaderIndex::add(RuleId id, const Rule& rule) {
  ++size_;
  const bool by_source = is_indexable(rule.source);
  const bool by_destination = is_indexable(rule.destination);
  if (by_source && by_destination)
    choices_.push_back({id, &rule});
  else if (by_destination)
    add_by_destination(id, rule);
  else if (by_source)
    add_by_source(id, rule);
  else if (is_indexable(rule.destination_ports))
    add_by(by_destination_port_, by_source_port_, rule.destination_ports, id, rule.bidirectional);
  else if (is_indexable(rule.source_ports))
    add_by(by_source_port_, by_destination_port_, rule.source_ports, id, rule.bidirectional);
  else
    others_.push_back(id);
}

void HeaderIndex::seal() {
  // Most rules have the user's own network at one end: what tells them apart is the other.
  std::map<decltype(mark_of({})), std::size_t> rules_with;
  for (const auto& choice : choices_)
    for (const auto* set : {&choice.rule->source, &choice.rule->destination})
      ++rules_with[mark_of(*set)];
  for (const auto& [id, rule] : choices_)
    rules_with[mark_of(rule->source)] < rules_with[mark_of(rule->destination)]
        ? add_by_source(id, *rule)
        : add_by_destination(id, *rule);
  choices_ = {};
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
