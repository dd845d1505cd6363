#include <algorithm>
#include <utility>

#include "sniffer/detect/detector.h"
#include "sniffer/flow/implied_packet.h"

// What parsers, streams and the decoder remark on, and which rules ask for it.

namespace rampart::sniffer {
namespace {

// Where an objection to one end does not end what rules see of the other.
bool both_ends_go_on(AppProto proto) {
  return proto == AppProto::http1 || proto == AppProto::http2 || proto == AppProto::smtp ||
         proto == AppProto::ftp;
}

// Where an objection to one end's part of the handshake is one to the connection.
bool is_shaken(AppProto proto) { return proto == AppProto::tls || proto == AppProto::ssh; }

}  // namespace

void Detector::event(Flow& flow, const PacketContext& context, AppEvent event,
                     Transaction* transaction) {
  context_ = &context;
  flow_ = &flow;
  transaction_ = transaction;
  // Once each, so that nobody can make the list long. What a rule asks is whether it came.
  if (transaction != nullptr && !transaction->rules.has(event))
    transaction->rules.events.push_back(event);
  for (const auto& [wanted, rule] : event_rules_) {
    if (wanted != event) continue;
    // Without a transaction there is nothing that could hold several events together.
    if (transaction != nullptr)
      accept_event(rule, *transaction);
    else if (rules_[rule].app_events.size() == 1 && headers_hold(rules_[rule], context))
      match(rule, context);
  }
}

// Once per transaction and direction: what it lacks now it may have when the event comes again.
void Detector::accept_once(RuleId id, Transaction& transaction) {
  auto& done = transaction.rules.sides[index(context_->direction)].done;
  if (std::find(done.begin(), done.end(), id) != done.end()) return;
  if (flow_->slot != kNoFlow) {
    const auto& owed = state_of(*flow_, context_->direction).owed;
    if (std::any_of(owed.begin(), owed.end(), [&](const Owed& o) {
          return o.told && o.rule == id && o.transaction == transaction.number;
        }))
      return;
  }
  if (accept(id)) done.push_back(id);
}

void Detector::accept_event(RuleId id, Transaction& transaction) {
  accept_once(id, transaction);
  const auto& rule = rules_[id];
  if (is_shaken(flow_->app)) {
    owe(id);
    return;
  }
  const bool directed = rule.flow && rule.flow->to_server;
  // A message of DNS is a transaction by itself, with one direction.
  if (directed ? flow_->app == AppProto::dns : !both_ends_go_on(flow_->app)) return;
  const auto& context = *context_;
  const auto packet = reversed(context.packet);
  const PacketContext other{packet, context.flow, reverse(context.direction)};
  context_ = &other;
  other_way_ = true;
  accept_once(id, transaction);
  other_way_ = false;
  context_ = &context;
}

void Detector::owe(RuleId id) {
  const auto& rule = rules_[id];
  if (transaction_ == nullptr || !rule.payload.empty() ||
      !std::all_of(rule.app_events.begin(), rule.app_events.end(),
                   [&](AppEvent e) { return transaction_->rules.has(e); }))
    return;
  const auto other = reverse(context_->direction);
  const auto& done = transaction_->rules.sides[index(other)].done;
  if (std::find(done.begin(), done.end(), id) != done.end()) return;
  auto& owed = state_of(*flow_, other).owed;
  const auto same = std::find_if(owed.begin(), owed.end(), [&](const Owed& o) {
    return o.rule == id && o.transaction == transaction_->number;
  });
  if (same != owed.end()) {
    same->due = !same->told;
  } else if (owed.size() == kMostOwed) {
    ++stats_.pending_lost;
    return;
  } else {
    owed.push_back({id, transaction_->number, true, false});
  }
  flow_->owed[index(other)] = true;
}

// What does not match now may be raised again.
void Detector::pay(const PacketContext& context, Flow& flow) {
  flow.owed[index(context.direction)] = false;
  for (auto& owed : state_of(flow, context.direction).owed) {
    if (!std::exchange(owed.due, false) || !headers_hold(rules_[owed.rule], context)) continue;
    owed.told = true;
    match(owed.rule, context, owed.transaction);
  }
}

// Contents, where such a rule asks for any, are those of the packet.
void Detector::inspect_events(const PacketContext& context) {
  const Buffer buffer{context.packet.payload, 0, 0};
  for (const auto id : packet_event_rules_) try_rule(id, context, buffer);
}

}  // namespace rampart::sniffer
