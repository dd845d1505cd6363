#include <algorithm>
#include <utility>

#include "sniffer/detect/detector.h"

// Rules without contents: those that judge each packet, and those that match once in a flow.

namespace rampart::sniffer {

void Detector::judge(HeaderIndex& rules, const PacketContext& context) {
  for (const auto id : rules.candidates(context.packet))
    if (headers_hold(rules_[id], context)) match(id, context);
}

void Detector::inspect_headers(const PacketContext& context, bool app_is_news) {
  for (const auto id : header_rules_.candidates(context.packet)) {
    const auto& rule = rules_[id];
    if (app_is_news && asks_for_app(rule)) continue;
    if (!rule.app_protos.empty() && !protocol_is_told(context)) continue;
    if (headers_hold(rule, context)) match(id, context);
  }
}

// Of no flow.
void Detector::inspect_alone(const PacketContext& context) {
  inspect_headers(context, false);
  judge(address_rules_, context);
  judge(host_bit_rules_, context);
}

void Detector::inspect_once(const PacketContext& context, Flow& flow) {
  if (!protocol_rules_.empty()) inspect_protocol(context, flow);
  if (!address_rules_.empty()) inspect_addresses(context, flow);
  if (!host_bit_rules_.empty()) inspect_host_bits(context, flow, context.direction);
}

void Detector::inspect_addresses(const PacketContext& context, Flow& flow) {
  const bool first = !std::exchange(flow.address_rules_done[index(context.direction)], true);
  const bool begins = context.packet.is_icmp() ? icmp_pairs_.begins(context.packet) : first;
  if (!first && !begins) return;
  for (const auto id : address_rules_.candidates(context.packet)) {
    if (!headers_hold(rules_[id], context)) continue;
    if (begins)
      match(id, context);
    else
      repeat(id, context, flow);
  }
}

// A conversation goes on in another flow of it: nothing is said again, and what the rule does to a
// flow is done to this one too.
void Detector::repeat(RuleId id, const PacketContext& context, Flow& flow) {
  const auto& rule = rules_[id];
  if (rule.action == Action::pass) {
    match(id, context);
    return;
  }
  variables_.apply_to_flow(rule, flow);
  const bool always =
      rule.suppressions.empty() && !rule.detection_filter && !rule.rate_filter && !rule.threshold;
  if (always && ends_flow(rule)) flow.passed = true;
}

// Again where the flow changes to another protocol.
void Detector::inspect_protocol(const PacketContext& context, Flow& flow) {
  auto& done = flow.protocol_rules_done[index(context.direction)];
  if (done == flow.app || !protocol_is_told(context)) return;
  done = flow.app;
  judge(protocol_rules_, context);
}

// The flow, and the way in it, are those that remember what has matched.
void Detector::inspect_host_bits(const PacketContext& context, Flow& flow, Direction way) {
  for (const auto id : host_bit_rules_.candidates(context.packet)) {
    const auto& rule = rules_[id];
    const bool asks = !rule.app_protos.empty();
    if (asks && !protocol_is_told(context)) continue;
    if (!headers_hold(rule, context)) continue;
    auto& told = state_of(flow, way).told;
    const Told now{id, asks && context.flow != nullptr ? context.flow->app : AppProto::unknown};
    if (std::find(told.begin(), told.end(), now) != told.end()) continue;
    told.push_back(now);
    match(id, context);
  }
}

}  // namespace rampart::sniffer
