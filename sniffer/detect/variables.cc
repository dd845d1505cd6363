#include "sniffer/detect/variables.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace rampart::sniffer {
namespace {

constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();

bool has_bit(const std::vector<std::uint64_t>& bits, StateId id) {
  return id / 64 < bits.size() && (bits[id / 64] >> (id % 64) & 1U) != 0;
}

std::optional<std::uint32_t> integer(const std::vector<std::pair<StateId, std::uint32_t>>& integers,
                                     StateId id) {
  for (const auto& [variable, value] : integers)
    if (variable == id) return value;
  return std::nullopt;
}

bool compare(Flowint::Op op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Flowint::Op::less: return a < b;
    case Flowint::Op::less_equal: return a <= b;
    case Flowint::Op::equal: return a == b;
    case Flowint::Op::not_equal: return a != b;
    case Flowint::Op::greater_equal: return a >= b;
    case Flowint::Op::greater: return a > b;
    default: return false;
  }
}

// Saturating: a counter that wraps would let a test hold again.
std::uint32_t result(Flowint::Op op, std::uint32_t a, std::uint32_t b) {
  if (op == Flowint::Op::add) return a > kMost - b ? kMost : a + b;
  if (op == Flowint::Op::subtract) return a < b ? 0 : a - b;
  return b;
}

}  // namespace

const Variables::FlowState* Variables::state_of(const Flow& flow) const {
  return flow.variables == kNoFlow ? nullptr : &states_[flow.variables];
}

Variables::FlowState& Variables::make_state(Flow& flow) {
  if (flow.variables == kNoFlow) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(states_.size()));
      states_.emplace_back();
    }
    flow.variables = free_.back();
    free_.pop_back();
  }
  return states_[flow.variables];
}

void Variables::forget(Flow& flow) {
  if (flow.variables == kNoFlow) return;
  auto& state = states_[flow.variables];
  std::fill(state.bits.begin(), state.bits.end(), 0);
  state.integers.clear();
  free_.push_back(flow.variables);
  flow.variables = kNoFlow;
}

bool Variables::is_set(const Flow& flow, StateId flowbit) const {
  const auto* state = state_of(flow);
  return state != nullptr && has_bit(state->bits, flowbit);
}

bool Variables::test(const FlowState* state, const Flowbits& flowbits) {
  const bool wanted = flowbits.op == BitOp::isset;
  return std::any_of(flowbits.bits.begin(), flowbits.bits.end(), [&](StateId id) {
    return (state != nullptr && has_bit(state->bits, id)) == wanted;
  });
}

bool Variables::test(const FlowState* state, const Flowint& flowint) {
  const auto value = state == nullptr ? std::nullopt : integer(state->integers, flowint.variable);
  if (flowint.op == Flowint::Op::isset) return value.has_value();
  if (flowint.op == Flowint::Op::isnotset) return !value;
  if (!value) return false;
  const auto other =
      flowint.other ? integer(state->integers, *flowint.other) : std::optional(flowint.value);
  return other && compare(flowint.op, *value, *other);
}

bool Variables::hold(const Rule& rule, const Flow* flow, const Packet& packet) const {
  const auto* state = flow == nullptr ? nullptr : state_of(*flow);
  for (const auto& flowbits : rule.flowbits)
    if (is_test(flowbits.op) && (flow == nullptr || !test(state, flowbits))) return false;
  for (const auto& flowint : rule.flowints)
    if (is_test(flowint.op) && (flow == nullptr || !test(state, flowint))) return false;
  for (const auto& xbits : rule.xbits)
    if (is_test(xbits.op) && host_bits_.is_set(xbits, packet) != (xbits.op == BitOp::isset))
      return false;
  return true;
}

void Variables::change(Flow& flow, const Flowbits& flowbits) {
  // What is not there need not be unset.
  if (flowbits.op == BitOp::unset && flow.variables == kNoFlow) return;
  auto& bits = make_state(flow).bits;
  for (const auto id : flowbits.bits) {
    if (id / 64 >= bits.size()) bits.resize(id / 64 + 1);
    const auto bit = std::uint64_t{1} << (id % 64);
    if (flowbits.op == BitOp::set) bits[id / 64] |= bit;
    if (flowbits.op == BitOp::unset) bits[id / 64] &= ~bit;
    if (flowbits.op == BitOp::toggle) bits[id / 64] ^= bit;
  }
}

void Variables::change(Flow& flow, const Flowint& flowint) {
  auto& integers = make_state(flow).integers;
  const auto operand =
      flowint.other ? integer(integers, *flowint.other) : std::optional(flowint.value);
  if (!operand) return;
  for (auto& [variable, value] : integers)
    if (variable == flowint.variable) {
      value = result(flowint.op, value, *operand);
      return;
    }
  integers.emplace_back(flowint.variable, result(flowint.op, 0, *operand));
}

void Variables::apply_to_flow(const Rule& rule, Flow& flow) {
  for (const auto& flowbits : rule.flowbits)
    if (!is_test(flowbits.op)) change(flow, flowbits);
  for (const auto& flowint : rule.flowints)
    if (!is_test(flowint.op)) change(flow, flowint);
}

void Variables::apply(const Rule& rule, Flow* flow, const Packet& packet) {
  if (flow != nullptr) apply_to_flow(rule, *flow);
  for (const auto& xbits : rule.xbits)
    if (!is_test(xbits.op)) host_bits_.change(xbits, packet);
}

}  // namespace rampart::sniffer
