#include "sniffer/detect/detector.h"

#include <algorithm>
#include <utility>

namespace rampart::sniffer {
namespace {

bool on_tcp(RuleProto proto) {
  return proto == RuleProto::tcp || proto == RuleProto::tcp_packet ||
         proto == RuleProto::tcp_stream || proto == RuleProto::ip || proto == RuleProto::ipv4 ||
         proto == RuleProto::ipv6;
}

// Needs single packets: what it asks for is not a property of a stream.
bool packet_only(const Rule& r) {
  return r.proto == RuleProto::tcp_packet || !r.headers.empty() || r.flags || r.same_ip ||
         (r.flow && r.flow->no_stream);
}

bool stream_only(const Rule& r) {
  return r.proto == RuleProto::tcp_stream || (r.flow && r.flow->only_stream);
}

bool looks_at_stream(const Rule& r) {
  return on_tcp(r.proto) && !r.payload.empty() && (stream_only(r) || !packet_only(r));
}

// A place counted from the start means the start of the packet too.
bool has_fixed_place(const Rule& r) {
  return std::any_of(r.payload.begin(), r.payload.end(), [](const PayloadMatch& m) {
    const auto* c = std::get_if<Content>(&m);
    return c != nullptr && (c->offset || c->depth || c->startswith);
  });
}

bool looks_at_packets_of_streams(const Rule& r) {
  return !looks_at_stream(r) || (!stream_only(r) && has_fixed_place(r));
}

bool addresses_alone(const Rule& r) {
  return r.payload.empty() && r.headers.empty() && !r.flags && !r.flow && !r.same_ip &&
         r.source_ports.any() && r.destination_ports.any() && r.proto != RuleProto::tcp_packet &&
         r.proto != RuleProto::tcp_stream;
}

// A pass rule that asks nothing of single packets speaks for the whole conversation.
bool passes_flow(const Rule& r) { return !packet_only(r); }

bool goes(const Rule& r, Direction direction) {
  return !r.flow || !r.flow->to_server || *r.flow->to_server == (direction == Direction::to_server);
}

bool more_may_complete(const Rule& r) { return r.payload.size() > 1; }

}  // namespace

Detector::Detector(RuleSet rules, DetectorOptions options, MemoryBudget& budget)
    : rules_(std::move(rules.rules)),
      options_(options),
      budget_(budget),
      thresholds_(options.key) {}

Detector::~Detector() {
  for (auto& pair : streams_)
    for (std::size_t d = 0; d < pair.size(); ++d)
      stream_groups_[d].patterns().close_stream(pair[d].scan);
}

base::Result<std::unique_ptr<Detector>> Detector::create(RuleSet rules, DetectorOptions options,
                                                         MemoryBudget& budget) {
  std::unique_ptr<Detector> out(new Detector(std::move(rules), options, budget));
  if (!out->rules_.empty()) RAMPART_CHECK(check_platform());
  RAMPART_CHECK(out->build());
  return out;
}

base::Status Detector::build() {
  std::stable_sort(rules_.begin(), rules_.end(), [](const Rule& a, const Rule& b) {
    return std::pair(a.action, a.priority) < std::pair(b.action, b.priority);
  });
  for (RuleId id = 0; id < rules_.size(); ++id) {
    if (!rules_[id].payload.empty() || !rules_[id].sections.empty()) continue;
    (addresses_alone(rules_[id]) ? address_rules_ : header_rules_).push_back(id);
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    RAMPART_TRY(packet_groups_[kind],
                build_groups(PatternSet::Mode::block, static_cast<Kind>(kind), false));
  }
  RAMPART_TRY(stream_groups_, build_groups(PatternSet::Mode::stream, Kind::tcp, true));
  RAMPART_TRY(transaction_rules_, TransactionRules::build(rules_, scratch_));
  return {};
}

base::Result<Detector::Groups> Detector::build_groups(PatternSet::Mode mode, Kind kind,
                                                      bool stream) {
  const auto belongs = [&](const Rule& r) {
    const bool ip =
        r.proto == RuleProto::ip || r.proto == RuleProto::ipv4 || r.proto == RuleProto::ipv6;
    switch (kind) {
      case Kind::tcp:
        return on_tcp(r.proto) && (stream ? looks_at_stream(r) : looks_at_packets_of_streams(r));
      case Kind::tcp_loose: return on_tcp(r.proto) && !stream_only(r);
      case Kind::udp: return ip || r.proto == RuleProto::udp;
      case Kind::icmp: return ip || r.proto == RuleProto::icmp;
      case Kind::other: return ip;
    }
    return false;
  };
  Groups out;
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    std::vector<RuleGroup::Member> members;
    for (RuleId id = 0; id < rules_.size(); ++id) {
      const auto& rule = rules_[id];
      if (!rule.payload.empty() && rule.sections.empty() && belongs(rule) && goes(rule, direction))
        members.push_back({id, fast_pattern_of(rule.payload)});
    }
    RAMPART_TRY(out[index(direction)], RuleGroup::build(members, mode, scratch_));
  }
  return out;
}

Detector::StreamState& Detector::state_of(Flow& flow, Direction direction) {
  if (flow.slot == kNoFlow) {
    if (free_slots_.empty()) {
      free_slots_.push_back(static_cast<std::uint32_t>(streams_.size()));
      streams_.emplace_back();
    }
    flow.slot = free_slots_.back();
    free_slots_.pop_back();
  }
  return streams_[flow.slot][index(direction)];
}

void Detector::forget(Flow& flow) {
  if (flow.slot == kNoFlow) return;
  auto& pair = streams_[flow.slot];
  for (std::size_t d = 0; d < pair.size(); ++d) {
    pair[d].window.release(budget_);
    stream_groups_[d].patterns().close_stream(pair[d].scan);
    pair[d].scan = nullptr;
    pair[d].pending.clear();
  }
  free_slots_.push_back(flow.slot);
  flow.slot = kNoFlow;
}

void Detector::try_rule(RuleId id, const PacketContext& context, const Buffer& buffer) {
  const auto& rule = rules_[id];
  if (header_matches(rule, context) && matcher_.matches(rule.payload, buffer))
    matched_.push_back({id});
}

void Detector::remember(StreamState& state, RuleId id, std::uint64_t at) {
  for (auto& pending : state.pending)
    if (pending.rule == id) {
      pending.seen_at = at;
      return;
    }
  if (state.pending.size() == kMostPending) {
    state.pending.erase(state.pending.begin());
    ++stats_.pending_lost;
  }
  state.pending.push_back({id, at});
}

void Detector::retry_pending(StreamState& state, const PacketContext& context,
                             const Buffer& buffer) {
  std::erase_if(state.pending, [&](const Pending& pending) {
    if (pending.seen_at < buffer.base) return true;
    const auto before = matched_.size();
    try_rule(pending.rule, context, buffer);
    return matched_.size() != before;
  });
}

void Detector::stream_bytes(Flow& flow, const PacketContext& context, Bytes bytes) {
  fresh_ = {};
  if (stream_groups_[index(context.direction)].empty() && transaction_rules_.empty()) return;
  auto& state = state_of(flow, context.direction);
  state.buffer = state.window.append(bytes, budget_);
  fresh_ = bytes;
}

void Detector::stream_rules(Flow& flow, const PacketContext& context) {
  const auto bytes = std::exchange(fresh_, {});
  if (bytes.empty()) return;
  auto& state = state_of(flow, context.direction);
  const auto buffer = std::exchange(state.buffer, {});  // it may be the packet's own memory
  auto& group = stream_groups_[index(context.direction)];
  if (group.empty()) return;
  if (!state.pending.empty()) retry_pending(state, context, buffer);
  if (state.scan == nullptr) state.scan = group.patterns().open_stream();
  hits_.clear();
  group.patterns().scan(state.scan, bytes, scratch_, hits_);
  for (const auto pattern : hits_)
    for (const auto id : group.rules_of(pattern)) {
      const auto before = matched_.size();
      try_rule(id, context, buffer);
      if (matched_.size() == before && more_may_complete(rules_[id]))
        remember(state, id, buffer.base + buffer.data.size());
    }
  for (const auto id : group.unfiltered()) try_rule(id, context, buffer);
}

bool Detector::concerns(RuleId rule) { return header_matches(rules_[rule], *context_); }

bool Detector::accept(RuleId id) {
  const auto& rule = rules_[id];
  if (!header_matches(rule, *context_)) return false;
  if (!rule.payload.empty()) {
    Buffer buffer{context_->packet.payload, 0, 0};
    if (context_->packet.is_tcp()) {
      buffer = state_of(*flow_, context_->direction).buffer;
      buffer.fresh = 0;
    }
    if (!matcher_.matches(rule.payload, buffer)) return false;
  }
  matched_.push_back({id, transaction_->number});
  return true;
}

void Detector::transaction(Flow& flow, const PacketContext& context, Transaction& transaction) {
  if (transaction_rules_.empty()) return;
  context_ = &context;
  flow_ = &flow;
  transaction_ = &transaction;
  transaction_rules_.inspect(transaction, flow.app, context.direction, matcher_, scratch_, *this);
}

void Detector::stream_gap(Flow& flow, Direction direction, std::uint64_t bytes) {
  if (stream_groups_[index(direction)].empty() && transaction_rules_.empty()) return;
  auto& state = state_of(flow, direction);
  state.window.gap(bytes);
  state.pending.clear();
  PatternSet::reset_stream(state.scan);
}

void Detector::inspect_payload(RuleGroup& group, const PacketContext& context) {
  if (context.packet.payload.empty() || group.empty()) return;
  const Buffer buffer{context.packet.payload, 0, 0};
  hits_.clear();
  group.patterns().scan(buffer.data, scratch_, hits_);
  for (const auto pattern : hits_)
    for (const auto id : group.rules_of(pattern)) try_rule(id, context, buffer);
  for (const auto id : group.unfiltered()) try_rule(id, context, buffer);
}

void Detector::inspect_headers(const PacketContext& context, Flow* flow) {
  for (const auto id : header_rules_)
    if (header_matches(rules_[id], context)) matched_.push_back({id});
  if (address_rules_.empty()) return;
  if (flow != nullptr) {
    if (flow->address_rules_done[index(context.direction)]) return;
    flow->address_rules_done[index(context.direction)] = true;
  }
  for (const auto id : address_rules_)
    if (header_matches(rules_[id], context)) matched_.push_back({id});
}

std::span<const Match> Detector::finish_flow(const PacketContext& context, Flow& flow) {
  if (!matched_.empty()) keep_alerts(context, &flow);
  return matched_;
}

std::span<const Match> Detector::finish(const PacketContext& context, Flow* flow, bool in_stream) {
  if (rules_.empty()) return {};
  const auto& p = context.packet;
  auto kind = Kind::other;
  if (p.is_tcp())
    kind = in_stream ? Kind::tcp : Kind::tcp_loose;
  else if (p.is_udp())
    kind = Kind::udp;
  else if (p.is_icmp())
    kind = Kind::icmp;
  inspect_payload(packet_groups_[static_cast<std::size_t>(kind)][index(context.direction)],
                  context);
  inspect_headers(context, flow);
  if (!matched_.empty()) keep_alerts(context, flow);
  return matched_;
}

void Detector::keep_alerts(const PacketContext& context, Flow* flow) {
  std::sort(matched_.begin(), matched_.end());
  matched_.erase(std::unique(matched_.begin(), matched_.end()), matched_.end());
  if (flow != nullptr && flow->passed) {
    matched_.clear();
    return;
  }
  std::size_t kept = 0;
  for (const auto match : matched_) {
    const auto id = match.rule;
    const auto& rule = rules_[id];
    if (rule.action == Action::pass) {
      // Precedence puts pass first: nothing after it alerts.
      if (flow != nullptr && passes_flow(rule)) flow->passed = true;
      break;
    }
    if (rule.threshold && !thresholds_.pass(*rule.threshold, id, context.packet.source,
                                            context.packet.destination, context.packet.time)) {
      ++stats_.suppressed;
      continue;
    }
    if (rule.noalert) continue;
    if (kept == options_.alerts_per_packet) {
      ++stats_.overflow;
      continue;
    }
    matched_[kept++] = match;
  }
  matched_.resize(kept);
}

}  // namespace rampart::sniffer
