#include "sniffer/pipeline.h"

#include <algorithm>
#include <utility>

#include "sniffer/pipeline_stages.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kBatch = 512;      // frames per poll
constexpr unsigned kMostTunnels = 3;     // one in another
constexpr unsigned kMostLookups = 4096;  // flows looked at per own()
// Live, a second is closed this much later, for frames that still sit in the kernel's buffer.
constexpr base::Nanos kSettle = std::chrono::milliseconds(250);

// Somebody reads bodies, or wants to know what is wrong with their encoding.
bool reads_bodies(const std::vector<Rule>& rules, const PipelineOptions& options) {
  if (!options.eve_file.empty() && options.eve_types.has(EveType::anomaly)) return true;
  return std::any_of(rules.begin(), rules.end(), [](const Rule& rule) {
    return !rule.app_events.empty() ||
           std::any_of(rule.sections.begin(), rule.sections.end(),
                       [](const Section& section) { return is_of_bodies(section.buffer); });
  });
}

}  // namespace

void Pipeline::Stages::tick(base::WallTime now) {
  if (!meter_.advance(now)) ++stats_.out_of_order_time;
  latest_ = std::max(latest_, now);
}

void Pipeline::Stages::on_second(model::WireInterval interval) {
  const auto drops = capture_.drops();
  interval.dropped_kernel = drops.kernel - drops_.kernel;
  interval.dropped_interface = drops.interface - drops_.interface;
  drops_ = drops;
  flows_.expire(interval.start + interval.length, app_.is_short());
  if (behaviour_) behaviour_->second(interval.start);
  listener_.on_interval(interval);
  if (eve_) eve_->second();
  if (alert_pcap_) alert_pcap_->second();
}

// A packet, or the end of a flow, is looked at.
void Pipeline::Stages::begin() {
  detector_->begin();
  if (eve_) eve_->begin();
}

void Pipeline::Stages::invalid(const Packet& packet, Invalid reason) {
  ++totals_.invalid;
  if (is_checksum(reason)) ++stats_.bad_checksums;
  measure(packet, nullptr);
  if (eve_) eve_->anomalies(packet, nullptr);
  // Rules on addresses still apply where the damage lies above them.
  const bool headers = packet.proto != 0 && !packet.cut && !is_checksum(reason);
  begin();
  report(packet, nullptr, detector_->finish_invalid({.packet = packet}, headers));
}

// A packet of no flow: not IP, or a part of a datagram.
void Pipeline::Stages::without_flow(const Packet& packet) {
  measure(packet, nullptr);
  const bool headers = packet.fragment && !packet.cut;
  if (packet.events.empty() && !headers) return;
  if (eve_) eve_->anomalies(packet, nullptr);
  begin();
  report(packet, nullptr, detector_->finish_invalid({.packet = packet}, headers));
}

// The fragment that completes its datagram: rules on headers judge it before they judge the whole,
// with which all that was remarked on it is told.
void Pipeline::Stages::last_fragment(const Packet& packet) {
  begin();
  report(packet, nullptr, detector_->finish_fragment({.packet = packet}));
}

// hot
void Pipeline::Stages::on_frame(const Frame& frame) {
  Packet packet;
  packet.time = frame.time;
  packet.wire_length = frame.wire_length;
  packet.number = ++totals_.packets;
  totals_.bytes += frame.wire_length;
  tick(frame.time);
  if (totals_.packets == 1 && !capture_.is_live()) first_ = frame.time;
  if (alert_pcap_) alert_pcap_->frame(frame);
  auto reason = decode(capture_.link(), frame.bytes, options_.checksums, packet);
  // A tunnel's packet is one more conversation, between other ends.
  for (unsigned tunnels = 0;; ++tunnels) {
    if (!packet.inner.empty() && tunnels == kMostTunnels)
      packet.events.add(DecodeEvent::too_many_layers);
    inspect(packet, reason);
    if (packet.inner.empty() || tunnels == kMostTunnels) return;
    Packet inner;
    inner.time = packet.time;
    inner.number = packet.number;
    inner.wire_length = static_cast<std::uint32_t>(packet.inner.size());
    if (packet.cut) inner.wire_length += packet.frame_missing;  // so that it is known to be cut too
    reason = decode(packet.inner_link, packet.inner, options_.checksums, inner);
    inner.tunnelled = true;
    packet = inner;
  }
}

// What a tunnel carries was on the wire once, and that was the tunnel's packet.
void Pipeline::Stages::measure(const Packet& packet, Flow* flow) {
  if (!packet.tunnelled) meter_.packet(packet, flow);
}

void Pipeline::Stages::inspect(Packet& packet, Invalid reason) {
  if (reason == Invalid::none) {
    count_packet(packet, stats_);
    if (packet.fragment && !packet.cut)
      if (const auto whole = defragmenter_.add(packet)) {
        last_fragment(packet);
        reason = decode_datagram(*whole, options_.checksums, packet);
      }
  }
  if (reason != Invalid::none) {
    invalid(packet, reason);
    return;
  }
  if (packet.ip_version == 0 || packet.homeless()) {
    without_flow(packet);
    return;
  }
  const auto found = flow_of(packet);
  auto& flow = *found.flow;
  if (eve_) eve_->anomalies(packet, &flow);
  const auto side = index(found.direction);
  ++flow.packets[side];
  flow.bytes[side] += packet.wire_length;
  measure(packet, &flow);
  if (alert_pcap_) alert_pcap_->belongs(flow.id);
  stream_events_.clear();
  PacketContext context{packet, &flow, found.direction, &stream_events_};
  begin();
  const auto app = flow.app;
  const bool was_established = flow.established();
  const bool in_stream = packet.is_tcp() && follow_tcp(context, flow);
  const bool app_is_news = packet.is_tcp() && flow.app != app;
  context.handshake = packet.is_tcp() && packet.payload.empty() && !was_established;
  if (packet.is_udp() && !packet.cut) follow_datagram(context, flow);
  if (behaviour_ && !packet.is_tcp()) behaviour_->datagram(packet, flow, found.direction);
  flows_.touch(flow, packet.time);
  if (is_icmp_error(packet)) {
    if (!packet.cut) icmp_error(packet, found);
    return;
  }
  if (!packet.cut) report(packet, &flow, detector_->finish(context, flow, in_stream, app_is_news));
}

// Rules see an error as a part of the conversation that it quotes, or of none. What they decide is
// about the flow that it is a packet of itself.
void Pipeline::Stages::icmp_error(const Packet& packet, const FlowTable::Found& its) {
  std::optional<FlowTable::Found> about;
  if (const auto lost = undelivered(packet)) about = flows_.find(*lost);
  PacketContext context{packet};
  if (about) {
    context.flow = about->flow;
    context.direction = reverse(about->direction);
  }
  report(packet, its.flow,
         detector_->finish_error(context, about ? about->flow : nullptr, *its.flow, its.direction));
}

FlowTable::Found Pipeline::Stages::flow_of(const Packet& packet) {
  auto found = flows_.find_or_open(packet);
  const bool opens = packet.is_tcp() && packet.has(tcp_flag::kSyn) && !packet.has(tcp_flag::kAck);
  if (!found.opened && opens) {
    const auto state = found.flow->tcp.state();
    // The same ends again: a new connection, not the one that ended or was never understood.
    if ((state == TcpState::none || state >= TcpState::closed) &&
        !found.flow->tcp.repeats_syn(packet)) {
      flows_.close(*found.flow, FlowEnd::reused);
      found = flows_.find_or_open(packet);
    }
  } else if (!found.opened && packet.is_tcp() && packet.has(tcp_flag::kSyn) &&
             found.direction == Direction::to_client && found.flow->tcp.begins_anew(packet)) {
    flows_.close(*found.flow, FlowEnd::reused);
    found = flows_.find_or_open(packet);
    found.flow->tcp.assume_syn(packet);
  }
  if (found.opened) {
    // Where the handshake was not seen the first packet may be the server's.
    if (options_.midstream && packet.is_tcp() && !packet.has(tcp_flag::kSyn) &&
        !packet.payload.empty() &&
        is_answer(packet.payload, {packet.source_port, packet.destination_port}))
      FlowTable::turn(found);
    found.flow->owner = own_.owner_of(packet);
    meter_.flow_opened();
  }
  return found;
}

void Pipeline::Stages::report(const Packet& packet, Flow* flow, std::span<const Match> alerts) {
  for (const auto& match : alerts) {
    const auto& rule = detector_->rule(match.rule);
    if (flow != nullptr) flow->alerted = true;
    ++stats_.alerts;
    const auto its = match.other_way ? reversed(packet) : packet;
    const auto detection = detection_of(rule, its, flow);
    listener_.on_detection(detection);
    if (eve_) write_alert(its, flow, match);
    if (alert_pcap_) alert_pcap_->alert(detection.flow_id, rule.gid, rule.sid, packet.time);
  }
}

void Pipeline::Stages::write_alert(const Packet& packet, const Flow* flow, const Match& match) {
  std::optional<std::uint64_t> number;
  if (match.transaction != Match::kNone) number = match.transaction;
  const auto* open = number && flow != nullptr ? app_.open_transaction(*flow, *number) : nullptr;
  eve_->alert(packet, flow, detector_->rule(match.rule), number, open);
}

void Pipeline::Stages::on_behaviour(const model::Detection& detection) {
  if (attack_filter_.holds_back(detection)) return;
  listener_.on_detection(detection);
  if (eve_) eve_->behaviour(detection);
}

void Pipeline::Stages::on_flow_end(Flow& flow, FlowEnd end) {
  // What the application had not said to its end is whole now, and judged without a packet.
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    const auto packet = last_words(flow, direction);
    const PacketContext context{packet, &flow, direction};
    stream_flow_ = &flow;
    stream_context_ = &context;
    begin();
    auto& stream = flow.streams[index(direction)];
    stats_.stream_late += stream.waiting();
    flow_ends_ = true;
    stream.finish(budget_, *this);
    flow_ends_ = false;
    app_.end(flow, direction, *this);
    report(packet, &flow, detector_->finish_flow(context, flow));
  }
  app_.forget(flow);
  if (behaviour_) behaviour_->flow_end(flow);
  if (!flow.tcp.has_closed() && end != FlowEnd::shutdown) meter_.flow_closed();
  for (auto& stream : flow.streams) stream.reset(budget_);
  detector_->forget(flow);
  if (eve_) eve_->flow(flow, end);
  if (alert_pcap_) alert_pcap_->flow_ended(flow.id);
}

void Pipeline::Stages::own(const model::OwnTuple& tuple) {
  own_.add(tuple);
  const auto proto = static_cast<std::uint8_t>(tuple.proto);
  const bool icmp = tuple.proto == model::IpProto::icmp || tuple.proto == model::IpProto::icmp6;
  const auto other_port = icmp ? tuple.local_port : tuple.remote.port;
  const base::Endpoint remote{tuple.remote.address, other_port};
  flows_.for_ports(tuple.local_port, other_port, proto, kMostLookups, [&](Flow& flow) {
    const bool ours = flow.key.proto == proto &&
                      ((flow.client.port == tuple.local_port && flow.server == remote) ||
                       (flow.server.port == tuple.local_port && flow.client == remote));
    if (ours && behaviour_) behaviour_->claim(flow);
    if (ours) meter_.relabel(flow, tuple.owner);
  });
}

base::Result<PollState> Pipeline::Stages::poll() {
  RAMPART_TRY(const auto frames, capture_.read(*this, kBatch));
  if (!capture_.is_live()) return frames == 0 ? PollState::finished : PollState::running;
  // Nothing came, or not enough to tell the time by: the wall clock closes seconds too.
  const auto settled = clock_.wall() - kSettle;
  if (frames < kBatch && (!meter_.started() || settled > latest_)) tick(settled);
  return PollState::running;
}

model::WireTotals Pipeline::Stages::totals() const {
  auto out = totals_;
  out.dropped_kernel = drops_.kernel;
  out.dropped_interface = drops_.interface;
  out.flows = flows_.opened();
  out.flows_evicted = flows_.evicted();
  out.alerts_suppressed = detector_->stats().suppressed;
  return out;
}

void Pipeline::Stages::finish(const PipelineCounts& others) {
  if (std::exchange(finished_, true)) return;
  flows_.clear();
  meter_.finish();
  if (watch_) watch_->finish();
  if (!eve_) return;
  PipelineCounts counts{totals(), stats()};
  counts += others;
  const bool from_file = !capture_.is_live() && totals_.packets != 0;
  const auto at = from_file ? latest_ : clock_.wall();
  eve_->stats({at, at - first_, capture_.is_live(), counts});
  eve_->flush();
}

const PipelineStats& Pipeline::Stages::stats() {
  stats_.alert_overflow = detector_->stats().overflow;
  stats_.failed_scans = detector_->stats().failed_scans;
  stats_.half_matches_lost = detector_->stats().pending_lost;
  stats_.threshold_counts_displaced = detector_->stats().counts_displaced;
  stats_.host_bits_displaced = detector_->stats().host_bits_displaced;
  stats_.stream_memory_drops = budget_.refused();
  const auto& fragments = defragmenter_.stats();
  stats_.reassembled = fragments.reassembled;
  stats_.fragments_left = stats_.fragments - fragments.used;
  stats_.datagrams_timed_out = fragments.timed_out;
  stats_.datagrams_displaced = fragments.displaced;
  stats_.fragments_refused = fragments.refused;
  if (behaviour_) stats_.behaviour = behaviour_->stats();
  if (watch_) stats_.behaviour += watch_->stats();
  stats_.attacks_suppressed = attack_filter_.held_back();
  stats_.applications_left = app_.stats().given_up;
  if (eve_) {
    stats_.eve_lines = eve_->lines();
    stats_.eve_lost = eve_->lost();
    stats_.eve_own_left_out = eve_->own_left_out();
    stats_.eve_anomalies_left_out = eve_->anomalies_left_out();
  }
  if (alert_pcap_) {
    const auto& pcap = alert_pcap_->stats();
    stats_.pcap_files = pcap.files;
    stats_.pcap_packets = pcap.packets;
    stats_.pcap_alerts_shared = pcap.alerts_shared;
    stats_.pcap_alerts_left_out = pcap.alerts_left_out;
    stats_.pcap_packets_left_out = pcap.packets_left_out;
  }
  return stats_;
}

base::Result<std::unique_ptr<Pipeline>> Pipeline::make(PipelineOptions options, RuleList rules,
                                                       PatternCompiler& patterns,
                                                       PipelineListener& listener,
                                                       const base::Clock& clock, Parts parts) {
  std::optional<AlertPcap> alert_pcap;
  if (options.alert_pcap) {
    RAMPART_TRY(auto opened, AlertPcap::open(*options.alert_pcap, parts.capture.pcap_link()));
    alert_pcap.emplace(std::move(opened));
  }
  parts.app.decode_bodies = reads_bodies(*rules, options);
  auto stages = std::make_unique<Stages>(std::move(options), listener, clock, std::move(parts),
                                         std::move(alert_pcap));
  RAMPART_CHECK(stages->load(std::move(rules), patterns));
  return std::unique_ptr<Pipeline>(new Pipeline(std::move(stages)));
}

Pipeline::Pipeline(std::unique_ptr<Stages> stages) : stages_(std::move(stages)) {}
Pipeline::~Pipeline() = default;

void Pipeline::log_to(std::optional<EveLog> eve) { stages_->log_to(std::move(eve)); }
void Pipeline::own(const model::OwnTuple& tuple) { stages_->own(tuple); }
base::Result<PollState> Pipeline::poll() { return stages_->poll(); }
void Pipeline::finish(const PipelineCounts& others) { stages_->finish(others); }
base::Status Pipeline::reopen_eve() const { return stages_->reopen_eve(); }
void Pipeline::set_rules_failed(std::uint64_t count) { stages_->set_rules_failed(count); }
const PatternLoad& Pipeline::pattern_load() const { return stages_->pattern_load(); }
model::WireTotals Pipeline::totals() const { return stages_->totals(); }
const PipelineStats& Pipeline::stats() const { return stages_->stats(); }
const std::string& Pipeline::warning() const { return stages_->warning(); }

}  // namespace rampart::sniffer
