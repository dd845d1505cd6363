#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sniffer/detect/host_bits.h"
#include "sniffer/flow/flow.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// What rules remember: flowbits and flowints of flows, xbits of hosts. Ask hold() before a rule may
// match, call apply() each time that it has matched, whether or not that raises an alert; rules in
// the order of rules/rule_order.h. Memory is used for flows that set something, and goes back with
// forget(). One thread. hot: no allocation once as many flows as ever have set something.
class Variables {
 public:
  explicit Variables(HashKey key, std::size_t host_bits = HostBits::kDefaultCapacity)
      : host_bits_(key, host_bits) {}

  // Whether every test of the rule holds. `flow` is null where there is none: then no flowbit and
  // no flowint holds, and none is set. hot
  [[nodiscard]] bool hold(const Rule& rule, const Flow* flow, const Packet& packet) const;
  // Does what the rule does to variables. hot
  void apply(const Rule& rule, Flow* flow, const Packet& packet);
  // The part of that which is about the flow.
  void apply_to_flow(const Rule& rule, Flow& flow);
  // The flow ends.
  void forget(Flow& flow);

  // For the log.
  [[nodiscard]] bool is_set(const Flow& flow, StateId flowbit) const;

  [[nodiscard]] std::uint64_t displaced() const { return host_bits_.displaced(); }

 private:
  struct FlowState {
    std::vector<std::uint64_t> bits;                            // by StateId, 64 in a word
    std::vector<std::pair<StateId, std::uint32_t>> integers{};  // that are set
  };

  [[nodiscard]] const FlowState* state_of(const Flow& flow) const;
  FlowState& make_state(Flow& flow);
  [[nodiscard]] static bool test(const FlowState* state, const Flowbits& flowbits);
  [[nodiscard]] static bool test(const FlowState* state, const Flowint& flowint);
  void change(Flow& flow, const Flowbits& flowbits);
  void change(Flow& flow, const Flowint& flowint);

  std::vector<FlowState> states_;  // by Flow::variables
  std::vector<std::uint32_t> free_;
  HostBits host_bits_;
};

}  // namespace rampart::sniffer
