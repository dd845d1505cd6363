#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ip_address.h"
#include "sniffer/decode/packet.h"
#include "sniffer/detect/interval_index.h"
#include "sniffer/detect/rule_group.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// Rules without contents, found by what they say of a packet's ends: thousands of addresses in
// hundreds of rules cost one search. Rules whose addresses and ports are wide are candidates of
// every packet.
class HeaderIndex {
 public:
  // The rule is looked at until seal().
  void add(RuleId id, const Rule& rule);
  // Once all rules are there.
  void seal();

  // The rules that may match the packet, by precedence. Holds until the next call. hot: no
  // allocation once its list has grown.
  std::span<const RuleId> candidates(const Packet& packet);

  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  using Addresses = IntervalIndex<base::IpAddress, RuleId>;
  using Ports = IntervalIndex<std::uint16_t, RuleId>;

  // A rule that either of its ends would find, until seal().
  struct Choice {
    RuleId id;
    const Rule* rule;
  };

  void add_by_source(RuleId id, const Rule& rule);
  void add_by_destination(RuleId id, const Rule& rule);

  std::vector<Choice> choices_;
  Addresses by_source_, by_destination_;
  Ports by_source_port_, by_destination_port_;
  std::vector<RuleId> others_;
  std::vector<RuleId> found_;
  std::size_t size_ = 0;
};

}  // namespace rampart::sniffer
