#include "sniffer/detect/detector.h"

#include <algorithm>
#include <utility>

namespace rampart::sniffer {
namespace {

bool asks_for_repeats(const Rule& r) {
  return std::find(r.stream_events.begin(), r.stream_events.end(),
                   StreamEvent::reassembly_overlap_different_data) != r.stream_events.end();
}

bool more_may_complete(const Rule& r) { return r.payload.size() > 1; }

}  // namespace

Detector::Detector(RuleList rules, DetectorOptions options, MemoryBudget& budget)
    : list_(std::move(rules)),
      rules_(*list_),
      options_(options),
      budget_(budget),
      thresholds_(options.key),
      variables_(options.key),
      icmp_pairs_(options.key) {}

base::Result<std::unique_ptr<Detector>> Detector::create(RuleList rules, PatternCompiler& patterns,
                                                         DetectorOptions options,
                                                         MemoryBudget& budget) {
  std::unique_ptr<Detector> out(new Detector(std::move(rules), options, budget));
  if (!out->rules_.empty()) RAMPART_CHECK(check_platform());
  RAMPART_CHECK(out->build(patterns));
  return out;
}

base::Status Detector::build(PatternCompiler& patterns) {
  for (RuleId id = 0; id < rules_.size(); ++id) {
    const auto& rule = rules_[id];
    watches_repeats_ = watches_repeats_ || asks_for_repeats(rule);
    if (!rule.sections.empty()) continue;
    const bool no_packet = rule.flow && rule.flow->only_stream;
    for (const auto event : rule.app_events) event_rules_.emplace_back(event, id);
    if (on_packet_events(rule))
      packet_event_rules_.push_back(id);
    else if (rule.payload.empty() && rule.app_events.empty() && !no_packet)
      index_of(rule).add(id, rule);
  }
  header_rules_.seal();
  address_rules_.seal();
  protocol_rules_.seal();
  host_bit_rules_.seal();
  for (const auto& rule : rules_) looks_.push_back(looks_of(rule));
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    groups_[kind] = build_groups(static_cast<Kind>(kind), patterns);
  transaction_rules_ = TransactionRules::build(rules_, patterns);
  return patterns.finish(scratch_);
}

HeaderIndex& Detector::index_of(const Rule& rule) {
  const bool addresses = addresses_alone(rule), protocol = protocol_alone(rule);
  if (!addresses && !protocol) return header_rules_;
  if (asks_for_hosts(rule)) return host_bit_rules_;
  return addresses ? address_rules_ : protocol_rules_;
}

Detector::Groups Detector::build_groups(Kind kind, PatternCompiler& patterns) {
  const auto belongs = [&](RuleProto proto) {
    const bool ip = proto == RuleProto::ip || proto == RuleProto::ipv4 || proto == RuleProto::ipv6;
    switch (kind) {
      case Kind::tcp: return on_tcp(proto);
      case Kind::udp: return ip || proto == RuleProto::udp;
      case Kind::icmp:
        return ip || proto == RuleProto::icmp || proto == RuleProto::icmp4 ||
               proto == RuleProto::icmp6;
      case Kind::other: return ip || proto == RuleProto::sctp;
    }
    return false;
  };
  Groups out;
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    std::vector<RuleGroup::Member> members;
    for (RuleId id = 0; id < rules_.size(); ++id) {
      const auto& rule = rules_[id];
      if (!has_contents(rule) || !belongs(rule.proto) || !goes(rule, direction)) continue;
      members.push_back({id, fast_pattern_of(rule.payload)});
      if ((looks_[id] & kAtStream) != 0) searches_streams_[index(direction)] = true;
    }
    out[index(direction)] = RuleGroup::build(members, patterns);
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
  variables_.forget(flow);
  if (flow.slot == kNoFlow) return;
  auto& pair = streams_[flow.slot];
  const bool keep = free_slots_.size() < kMostIdle;
  for (auto& state : pair) {
    state.window.release(budget_, keep);
    state.buffer = {};
    state.next_message.reset();
    state.pending.clear();
    state.owed.clear();
    state.told.clear();
  }
  free_slots_.push_back(flow.slot);
  flow.slot = kNoFlow;
}

bool Detector::headers_hold(const Rule& rule, const PacketContext& context) {
  return header_matches(rule, context) &&
         (rule.packet_sections.empty() ||
          packet_sections_match(rule, context.packet, matcher_, transformed_)) &&
         variables_.hold(rule, context.flow, context.packet);
}

void Detector::match(RuleId id, const PacketContext& context, std::uint64_t transaction) {
  const Match match{id, transaction, other_way_ || context.other_way, of_stream_};
  if (std::find(matched_.begin(), matched_.end(), match) != matched_.end()) return;
  matched_.push_back(match);
  variables_.apply(rules_[id], flow_, context.packet);
}

void Detector::try_rule(RuleId id, const PacketContext& context, const Buffer& buffer) {
  const auto& rule = rules_[id];
  if (headers_hold(rule, context) && matcher_.matches(rule.payload, buffer)) match(id, context);
}

// Those found become candidates_.
void Detector::search(RuleGroup& group, const Buffer& buffer) {
  candidates_.clear();
  if (!group.search(buffer, scratch_, candidates_)) ++stats_.failed_scans;
}

// Completes candidates_, which has those found, by precedence, with rules that look there alone.
void Detector::gather(const RuleGroup& group, Looks where) {
  const auto& rest = group.unfiltered();
  candidates_.insert(candidates_.end(), rest.begin(), rest.end());
  std::erase_if(candidates_, [&](RuleId id) { return (looks_[id] & where) == 0; });
  std::sort(candidates_.begin(), candidates_.end());
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
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
    if (!may_reach_fresh(rules_[pending.rule].payload, buffer)) return false;
    const auto before = matched_.size();
    try_rule(pending.rule, context, buffer);
    return matched_.size() != before;
  });
}

void Detector::stream_bytes(Flow& flow, const PacketContext& context, Bytes bytes) {
  fresh_ = {};
  if (!keeps_streams(context.direction)) return;
  auto& state = state_of(flow, context.direction);
  if (state.next_message) begin_message(state);
  state.buffer = state.window.append(bytes, budget_);
  fresh_ = bytes;
}

// Half-matched rules whose fast pattern lies in it are remembered still.
void Detector::begin_message(StreamState& state) {
  const auto moved = state.window.begin_message(*std::exchange(state.next_message, std::nullopt));
  std::erase_if(state.pending, [moved](const Pending& p) { return p.seen_at <= moved; });
  for (auto& pending : state.pending) pending.seen_at -= moved;
}

void Detector::stream_rules(Flow& flow, const PacketContext& context) {
  const auto bytes = std::exchange(fresh_, {});
  if (bytes.empty()) return;
  flow_ = &flow;
  auto& state = state_of(flow, context.direction);
  const auto buffer = std::exchange(state.buffer, {});  // it may be the packet's own memory
  if (!searches_streams_[index(context.direction)]) return;
  auto& group = groups_[static_cast<std::size_t>(Kind::tcp)][index(context.direction)];
  of_stream_ = true;
  if (!state.pending.empty()) retry_pending(state, context, buffer);
  search(group, buffer);
  searched_ = bytes;
  searched_beginning_ = buffer.base + buffer.fresh == 0;
  found_ = candidates_;
  gather(group, kAtStream);
  for (const auto id : candidates_) {
    if (!ends_match(rules_[id], context.packet)) continue;
    const auto before = matched_.size();
    try_rule(id, context, buffer);
    if (matched_.size() == before && more_may_complete(rules_[id]) &&
        fast_pattern_of(rules_[id].payload) != nullptr)
      remember(state, id, buffer.base + buffer.data.size());
  }
  of_stream_ = false;
}

// Other conditions may come true later, and accept() asks for all of them.
bool Detector::concerns(RuleId rule) { return ends_match(rules_[rule], context_->packet); }

bool Detector::accept(RuleId id) {
  const auto& rule = rules_[id];
  if (!headers_hold(rule, *context_)) return false;
  for (const auto event : rule.app_events)
    if (transaction_ == nullptr || !transaction_->rules.has(event)) return false;
  if (!rule.payload.empty()) {
    Buffer buffer{context_->packet.payload, 0, 0};
    if (context_->packet.is_tcp()) {
      buffer = state_of(*flow_, context_->direction).buffer;
      buffer.fresh = 0;
    }
    if (!matcher_.matches(rule.payload, buffer)) return false;
  }
  match(id, *context_, transaction_ == nullptr ? Match::kNone : transaction_->number);
  return true;
}

void Detector::transaction(Flow& flow, const PacketContext& context, Transaction& transaction) {
  // Contents without a buffer look at one message of HTTP after the other.
  const bool over = transaction.stage[index(context.direction)] == Stage::complete;
  if (over && flow.app == AppProto::http1 && flow.slot != kNoFlow && transaction.behind) {
    auto& state = state_of(flow, context.direction);
    const auto end = state.window.end();
    state.next_message = end - std::min(end, *transaction.behind);
  }
  if (transaction_rules_.empty()) return;
  context_ = &context;
  flow_ = &flow;
  transaction_ = &transaction;
  transaction_rules_.inspect(transaction, flow.app, context.direction, matcher_, scratch_, *this);
}

bool Detector::keeps_streams(Direction direction) const {
  return watches_repeats_ || searches_streams_[index(direction)] || !transaction_rules_.empty();
}

bool Detector::differs(const Flow& flow, Direction direction, std::uint64_t back,
                       Bytes bytes) const {
  return flow.slot != kNoFlow && streams_[flow.slot][index(direction)].window.differs(back, bytes);
}

void Detector::stream_gap(Flow& flow, Direction direction, std::uint64_t bytes) {
  if (!keeps_streams(direction)) return;
  auto& state = state_of(flow, direction);
  state.window.gap(bytes);
  state.pending.clear();
}

void Detector::inspect_payload(RuleGroup& group, const PacketContext& context, Looks where,
                               bool app_is_news) {
  const auto payload = context.packet.payload;
  if (payload.empty() || group.empty()) return;
  const Buffer buffer{payload, 0, 0};
  if (payload.data() == searched_.data() && payload.size() == searched_.size()) {
    candidates_ = found_;
    if (!searched_beginning_ && !group.search_head(buffer, scratch_, candidates_))
      ++stats_.failed_scans;
  } else {
    search(group, buffer);
  }
  gather(group, where);
  for (const auto id : candidates_) {
    const auto& rule = rules_[id];
    if (app_is_news && asks_for_app(rule)) continue;
    if (!rule.app_protos.empty() && !protocol_is_told(context)) continue;
    try_rule(id, context, buffer);
  }
}

std::span<const Match> Detector::finish_fragment(const PacketContext& context) {
  flow_ = nullptr;
  inspect_alone(context);
  if (!matched_.empty()) keep_alerts(context, nullptr);
  return matched_;
}

std::span<const Match> Detector::finish_invalid(const PacketContext& context, bool headers) {
  flow_ = nullptr;
  inspect_events(context);
  if (headers) inspect_alone(context);
  if (!matched_.empty()) keep_alerts(context, nullptr);
  return matched_;
}

std::span<const Match> Detector::finish_error(const PacketContext& context, Flow* quoted, Flow& its,
                                              Direction way) {
  if (rules_.empty()) return {};
  flow_ = nullptr;
  const auto side = index(context.direction);
  inspect_payload(groups_[static_cast<std::size_t>(Kind::icmp)][side], context, kAtOther, false);
  if (quoted == nullptr) {
    inspect_alone(context);
  } else {
    inspect_headers(context, false);
    const bool new_sender = !std::exchange(its.address_rules_done[index(way)], true);
    const bool new_quote = !std::exchange(quoted->error_rules_done[side], true);
    if (new_sender || new_quote) {
      if (protocol_is_told(context)) judge(protocol_rules_, context);
      judge(address_rules_, context);
    }
    inspect_host_bits(context, its, way);
  }
  if (!context.packet.events.empty()) inspect_events(context);
  if (!matched_.empty()) keep_alerts(context, quoted == nullptr ? nullptr : &its);
  return matched_;
}

std::span<const Match> Detector::finish_flow(const PacketContext& context, Flow& flow) {
  if (!matched_.empty()) keep_alerts(context, &flow);
  return matched_;
}

// hot
std::span<const Match> Detector::finish(const PacketContext& context, Flow& flow, bool in_stream,
                                        bool app_is_news) {
  if (rules_.empty()) return {};
  flow_ = &flow;
  const auto side = index(context.direction);
  if (!flow.app_told[side] && flow.packets[index(reverse(context.direction))] != 0)
    flow.app_told[side] = protocol_is_told(context);
  const auto& p = context.packet;
  auto kind = Kind::other;
  if (p.is_tcp())
    kind = Kind::tcp;
  else if (p.is_udp())
    kind = Kind::udp;
  else if (p.is_icmp())
    kind = Kind::icmp;
  inspect_payload(groups_[static_cast<std::size_t>(kind)][index(context.direction)], context,
                  !p.is_tcp() ? kAtOther
                  : in_stream ? kAtPacket
                              : kAtLoose,
                  app_is_news);
  inspect_headers(context, app_is_news);
  inspect_once(context, flow);
  if (flow.owed[index(context.direction)]) pay(context, flow);
  if (!p.events.empty() || (context.stream_events != nullptr && !context.stream_events->empty()))
    inspect_events(context);
  if (!matched_.empty()) keep_alerts(context, &flow);
  return matched_;
}

bool Detector::has_matched(std::uint64_t transaction) const {
  return std::any_of(matched_.begin(), matched_.end(),
                     [&](const Match& m) { return m.transaction == transaction; });
}

DetectorStats Detector::stats() const {
  auto out = stats_;
  out.failed_scans += transaction_rules_.failed_scans();
  out.counts_displaced = thresholds_.displaced();
  out.host_bits_displaced = variables_.displaced();
  return out;
}

// Whether the operator or a threshold does not want the alert. Suppressed ones are not counted.
bool Detector::held_back(const Rule& rule, RuleId id, const Packet& packet) {
  const auto& from = packet.source;
  const auto& to = packet.destination;
  for (const auto& s : rule.suppressions) {
    const bool source = s.track == Suppression::Track::by_src;
    const bool destination = s.track == Suppression::Track::by_dst;
    if (s.track == Suppression::Track::always || (!destination && s.addresses.contains(from)) ||
        (!source && s.addresses.contains(to)))
      return true;
  }
  if (rule.detection_filter && !thresholds_.pass(*rule.detection_filter, id, from, to, packet.time))
    return true;
  if (rule.rate_filter && thresholds_.exceeds(*rule.rate_filter, id, from, to, packet.time))
    return true;
  return rule.threshold && !thresholds_.pass(*rule.threshold, id, from, to, packet.time);
}

void Detector::keep_alerts(const PacketContext& context, Flow* flow) {
  std::sort(matched_.begin(), matched_.end());
  matched_.erase(std::unique(matched_.begin(), matched_.end()), matched_.end());
  if (flow != nullptr && flow->passed) {
    matched_.clear();
    return;
  }
  bool over = false;
  std::size_t kept = 0;
  std::uint64_t passed = Match::kNone;  // the transaction
  for (const auto match : matched_) {
    const auto id = match.rule;
    const auto& rule = rules_[id];
    if (rule.action == Action::pass) {
      if (flow != nullptr && passes_flow(rule)) flow->passed = true;
      // Precedence puts pass first: nothing after it alerts. A transaction is judged apart from the
      // packet that completed it.
      if (match.transaction == Match::kNone) break;
      passed = match.transaction;
      continue;
    }
    if (match.transaction != Match::kNone && match.transaction == passed) continue;
    if (held_back(rule, id, context.packet)) {
      ++stats_.suppressed;
      continue;
    }
    // Nothing is said of the rest, as it would not have been seen.
    if (flow != nullptr && ends_flow(rule)) over = true;
    if (rule.noalert) continue;
    if (kept == options_.alerts_per_packet) {
      ++stats_.overflow;
      continue;
    }
    matched_[kept++] = match;
  }
  matched_.resize(kept);
  if (over) flow->passed = true;
}

}  // namespace rampart::sniffer
