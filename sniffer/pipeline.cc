#include "sniffer/pipeline.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sniffer/app/app_layer.h"
#include "sniffer/app/protocol_guess.h"
#include "sniffer/behaviour/behaviour_watch.h"
#include "sniffer/capture/capture.h"
#include "sniffer/detect/detection.h"
#include "sniffer/detect/detector.h"
#include "sniffer/eve/eve_log.h"
#include "sniffer/flow/defragmenter.h"
#include "sniffer/flow/flow_table.h"
#include "sniffer/flow/implied_packet.h"
#include "sniffer/flow/own_table.h"
#include "sniffer/flow/reassembler.h"
#include "sniffer/packet_counts.h"
#include "sniffer/wire_meter.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kBatch = 512;      // frames per poll
constexpr unsigned kMostTunnels = 3;     // one in another
constexpr unsigned kMostLookups = 4096;  // flows looked at per own()
// Live, a second is closed this much later, for frames that still sit in the kernel's buffer.
constexpr base::Nanos kSettle = std::chrono::milliseconds(250);

}  // namespace

class Pipeline::Stages final : public FrameHandler,
                               public FlowListener,
                               public IntervalSink,
                               public StreamSink,
                               public AppSink,
                               public BehaviourSink {
 public:
  Stages(PipelineOptions options, PipelineListener& listener, const base::Clock& clock,
         Capture capture, std::optional<EveLog> eve, std::optional<AlertPcap> alert_pcap)
      : options_(std::move(options)),
        listener_(listener),
        clock_(clock),
        capture_(std::move(capture)),
        eve_(std::move(eve)),
        alert_pcap_(std::move(alert_pcap)),
        budget_(options_.stream_memory),
        defragmenter_(key_),
        app_({}),
        flows_({.memory = options_.flow_memory, .timeouts = {}, .key = key_}, *this),
        own_(key_),
        meter_(*this),
        first_(clock.wall()) {}

  base::Status load(RuleSet rules) {
    RAMPART_TRY(detector_, Detector::create(std::move(rules), {.key = key_}, budget_));
    totals_.rules_loaded = detector_->size();
    if (options_.behaviour && options_.behaviour->enabled)
      behaviour_ = watch_behaviour(*options_.behaviour, key_, capture_.is_live(), *this);
    return {};
  }

  void own(const model::OwnTuple& tuple);
  base::Result<PollState> poll();
  void finish(const PipelineCounts& others);

  void on_wake() override { listener_.on_wake(); }
  void on_frame(const Frame& frame) override;
  void on_flow_end(Flow& flow, FlowEnd end) override;
  void on_second(model::WireInterval interval) override;
  void on_bytes(Bytes bytes) override;
  void on_gap(std::uint64_t bytes) override;
  void on_repeat(std::uint64_t back, Bytes bytes) override;
  void on_progress(Transaction& transaction, Direction direction) override;
  void on_done(Transaction& transaction) override;
  void on_event(AppEvent event, Direction direction, Transaction* transaction) override;
  void on_behaviour(const model::Detection& detection) override;

  [[nodiscard]] model::WireTotals totals() const;
  const PipelineStats& stats();
  [[nodiscard]] const std::string& warning() const {
    static const std::string kNothing;
    if (eve_ && !eve_->warning().empty()) return eve_->warning();
    return alert_pcap_ ? alert_pcap_->warning() : kNothing;
  }
  void set_rules_failed(std::uint64_t count) { totals_.rules_failed = count; }

 private:
  void inspect(Packet& packet, Invalid reason);
  void measure(const Packet& packet, Flow* flow);
  void invalid(const Packet& packet, Invalid reason);
  void without_flow(const Packet& packet);
  FlowTable::Found flow_of(const Packet& packet);
  // True where the packet belongs to a connection: its payload is in the stream.
  bool follow_tcp(const PacketContext& context, Flow& flow);
  void reassemble(const PacketContext& context, Flow& flow);
  void follow_datagram(const PacketContext& context, Flow& flow);
  void end_application(const PacketContext& context, Flow& flow);
  void report(const Packet& packet, Flow* flow, std::span<const Match> alerts);
  void write_alert(const Packet& packet, const Flow* flow, const Match& match);
  void tick(base::WallTime now);
  void begin();

  // Set at construction.
  const PipelineOptions options_;
  PipelineListener& listener_;
  const base::Clock& clock_;
  const HashKey key_ = random_hash_key();
  Capture capture_;
  std::optional<EveLog> eve_;
  std::optional<AlertPcap> alert_pcap_;

  PipelineStats stats_;
  model::WireTotals totals_;
  MemoryBudget budget_;
  std::unique_ptr<Detector> detector_;
  std::unique_ptr<BehaviourWatch> behaviour_;  // null: off
  Defragmenter defragmenter_;
  AppLayer app_;
  FlowTable flows_;
  OwnTable own_;
  WireMeter meter_;
  CaptureDrops drops_;
  base::WallTime first_;  // live: when the capture began; else the first packet
  base::WallTime latest_{};
  bool finished_ = false;

  // During on_frame and on_flow_end, for the sinks of streams and applications.
  Flow* stream_flow_ = nullptr;
  const PacketContext* stream_context_ = nullptr;
  StreamEvents stream_events_;  // of the packet at hand
};

void Pipeline::Stages::tick(base::WallTime now) {
  if (!meter_.advance(now)) ++stats_.out_of_order_time;
  latest_ = std::max(latest_, now);
}

void Pipeline::Stages::on_second(model::WireInterval interval) {
  const auto drops = capture_.drops();
  interval.dropped_kernel = drops.kernel - drops_.kernel;
  interval.dropped_interface = drops.interface - drops_.interface;
  drops_ = drops;
  flows_.expire(interval.start + interval.length);
  if (behaviour_) behaviour_->second(interval.start);
  listener_.on_interval(interval);
  if (eve_) eve_->second();
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
  if (eve_) eve_->anomalies(packet);
  // Rules on addresses still apply where the damage lies above them.
  const bool headers = packet.proto != 0 && !packet.cut && !is_checksum(reason);
  begin();
  report(packet, nullptr, detector_->finish_invalid({.packet = packet}, headers));
}

// A packet of no flow: not IP, or a part of a datagram.
void Pipeline::Stages::without_flow(const Packet& packet) {
  measure(packet, nullptr);
  if (packet.events.empty()) return;
  if (eve_) eve_->anomalies(packet);
  begin();
  report(packet, nullptr, detector_->finish_events({.packet = packet}));
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
      if (const auto whole = defragmenter_.add(packet))
        reason = decode_datagram(*whole, options_.checksums, packet);
  }
  if (reason != Invalid::none) {
    invalid(packet, reason);
    return;
  }
  if (packet.ip_version == 0 || packet.homeless()) {
    without_flow(packet);
    return;
  }
  if (eve_) eve_->anomalies(packet);
  const auto found = flow_of(packet);
  auto& flow = *found.flow;
  const auto side = index(found.direction);
  ++flow.packets[side];
  flow.bytes[side] += packet.wire_length;
  measure(packet, &flow);
  if (alert_pcap_) alert_pcap_->belongs(flow.id);
  stream_events_.clear();
  const PacketContext context{packet, &flow, found.direction, &stream_events_};
  begin();
  const auto app = flow.app;
  const bool in_stream = packet.is_tcp() && follow_tcp(context, flow);
  const bool app_is_news = packet.is_tcp() && flow.app != app;
  if (packet.is_udp() && !packet.cut) follow_datagram(context, flow);
  if (behaviour_ && !packet.is_tcp()) behaviour_->datagram(packet, flow, found.direction);
  flows_.touch(flow, packet.time);
  if (!packet.cut) report(packet, &flow, detector_->finish(context, &flow, in_stream, app_is_news));
}

FlowTable::Found Pipeline::Stages::flow_of(const Packet& packet) {
  auto found = flows_.find_or_open(packet);
  const bool opens = packet.is_tcp() && packet.has(tcp_flag::kSyn) && !packet.has(tcp_flag::kAck);
  if (!found.opened && opens) {
    const auto state = found.flow->tcp.state();
    // The same ends again: a new connection, not the one that ended or was never understood.
    if (state == TcpState::none || state >= TcpState::closed) {
      flows_.close(*found.flow, FlowEnd::reused);
      found = flows_.find_or_open(packet);
    }
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

bool Pipeline::Stages::follow_tcp(const PacketContext& context, Flow& flow) {
  const auto& packet = context.packet;
  const bool to_server = context.direction == Direction::to_server;
  const auto event = flow.tcp.update(packet, to_server, options_.midstream);
  stream_events_ = event.remarks;
  if (event.retransmit) {
    ++stats_.retransmits;
    meter_.retransmit();
  }
  if (event.zero_window) ++stats_.zero_windows;
  if (packet.has(tcp_flag::kRst)) ++stats_.resets;
  if (event.handshake) meter_.handshake(flow, event);
  if (event.closed) meter_.flow_closed();
  if (event.acceptable) reassemble(context, flow);
  if (event.acceptable && (packet.has(tcp_flag::kFin) || packet.has(tcp_flag::kRst)))
    end_application(context, flow);
  if (behaviour_) behaviour_->tcp(packet, flow, context.direction, event, app_);
  return event.acceptable;
}

// A FIN ends one direction, a reset both: what was open is whole now.
void Pipeline::Stages::end_application(const PacketContext& context, Flow& flow) {
  stream_flow_ = &flow;
  stream_context_ = &context;
  const auto mine = context.direction;
  if (flow.streams[index(mine)].waiting() == 0) app_.end(flow, mine, *this);
  if (context.packet.has(tcp_flag::kRst)) app_.end(flow, reverse(mine), *this);
}

void Pipeline::Stages::follow_datagram(const PacketContext& context, Flow& flow) {
  stream_flow_ = &flow;
  stream_context_ = &context;
  app_.datagram(flow, context.direction, context.packet.payload, *this);
}

void Pipeline::Stages::reassemble(const PacketContext& context, Flow& flow) {
  const auto& packet = context.packet;
  const bool to_server = context.direction == Direction::to_server;
  auto& stream = flow.streams[index(context.direction)];
  // What a reset carries is a message about the connection, not part of its stream (RFC 9293,
  // section 3.5.3).
  const bool adds =
      !packet.has(tcp_flag::kRst) && (!packet.payload.empty() || packet.has(tcp_flag::kFin));
  // Even a packet without bytes is a chance to judge what waits behind a hole that was acknowledged
  // meanwhile: there may be no other.
  if (!adds && stream.waiting() == 0) return;
  stream_flow_ = &flow;
  stream_context_ = &context;
  if (adds) {
    if (!stream.started()) stream.start(flow.tcp.stream_start(to_server));
    if (packet.has(tcp_flag::kSyn))
      stream.hold(packet.seq + 1, packet.payload, budget_);
    else
      stream.segment(packet.seq, packet.payload, budget_, *this);
  }
  const auto& receiver = flow.tcp.side(!to_server);
  if (receiver.acked != 0) stream.acknowledged(receiver.acked, budget_, *this);
  stream_events_.add(stream.take_remarks());
}

void Pipeline::Stages::on_bytes(Bytes bytes) {
  detector_->stream_bytes(*stream_flow_, *stream_context_, bytes);
  app_.bytes(*stream_flow_, stream_context_->direction, bytes, *this);
  detector_->stream_rules(*stream_flow_, *stream_context_);
}

void Pipeline::Stages::on_gap(std::uint64_t bytes) {
  totals_.stream_gaps += bytes;
  detector_->stream_gap(*stream_flow_, stream_context_->direction, bytes);
  app_.gap(*stream_flow_, stream_context_->direction, bytes, *this);
}

void Pipeline::Stages::on_repeat(std::uint64_t back, Bytes bytes) {
  if (detector_->differs(*stream_flow_, stream_context_->direction, back, bytes))
    stream_events_.add(StreamEvent::reassembly_overlap_different_data);
}

void Pipeline::Stages::on_progress(Transaction& transaction, Direction direction) {
  if (behaviour_)
    behaviour_->transaction(*stream_flow_, transaction, direction, stream_context_->packet.time);
  if (direction == stream_context_->direction) {
    detector_->transaction(*stream_flow_, *stream_context_, transaction);
    return;
  }
  // The other side's part, which this packet showed to be complete.
  const auto packet = reversed(stream_context_->packet);
  detector_->transaction(*stream_flow_, {packet, stream_flow_, direction}, transaction);
}

// Rules have judged each step of it already.
void Pipeline::Stages::on_done(Transaction& transaction) {
  if (eve_)
    eve_->done(stream_context_->packet, *stream_flow_, transaction,
               detector_->has_matched(transaction.number));
}

void Pipeline::Stages::on_event(AppEvent event, Direction direction, Transaction* transaction) {
  if (eve_) eve_->anomaly(stream_context_->packet, *stream_flow_, event, transaction);
  if (direction == stream_context_->direction) {
    detector_->event(*stream_flow_, *stream_context_, event, transaction);
    return;
  }
  const auto packet = reversed(stream_context_->packet);
  detector_->event(*stream_flow_, {packet, stream_flow_, direction}, event, transaction);
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
    app_.end(flow, direction, *this);
    report(packet, &flow, detector_->finish_flow(context, flow));
  }
  app_.forget(flow);
  if (behaviour_) behaviour_->flow_end(flow);
  const bool counted = flow.is_tcp() && flow.tcp.state() >= TcpState::closed;
  if (!counted && end != FlowEnd::shutdown) meter_.flow_closed();
  for (auto& stream : flow.streams) {
    stats_.stream_unjudged += stream.waiting();
    stream.reset(budget_);
  }
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
  if (behaviour_) behaviour_->finish();
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
  stats_.stream_memory_drops = budget_.refused();
  stats_.reassembled = defragmenter_.stats().reassembled;
  stats_.fragments_left = stats_.fragments - defragmenter_.stats().used;
  if (behaviour_) stats_.behaviour = behaviour_->stats();
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
    stats_.pcap_alerts_left_out = pcap.alerts_left_out;
    stats_.pcap_packets_left_out = pcap.packets_left_out;
  }
  return stats_;
}

base::Result<std::unique_ptr<Pipeline>> Pipeline::make(PipelineOptions options, RuleSet rules,
                                                       PipelineListener& listener,
                                                       const base::Clock& clock, Capture capture,
                                                       std::optional<EveLog> eve) {
  std::optional<AlertPcap> alert_pcap;
  if (options.alert_pcap) {
    RAMPART_TRY(auto opened, AlertPcap::open(*options.alert_pcap, capture.pcap_link()));
    alert_pcap.emplace(std::move(opened));
  }
  auto stages = std::make_unique<Stages>(std::move(options), listener, clock, std::move(capture),
                                         std::move(eve), std::move(alert_pcap));
  RAMPART_CHECK(stages->load(std::move(rules)));
  return std::unique_ptr<Pipeline>(new Pipeline(std::move(stages)));
}

Pipeline::Pipeline(std::unique_ptr<Stages> stages) : stages_(std::move(stages)) {}
Pipeline::~Pipeline() = default;

void Pipeline::own(const model::OwnTuple& tuple) { stages_->own(tuple); }
base::Result<PollState> Pipeline::poll() { return stages_->poll(); }
void Pipeline::finish(const PipelineCounts& others) { stages_->finish(others); }
void Pipeline::set_rules_failed(std::uint64_t count) { stages_->set_rules_failed(count); }
model::WireTotals Pipeline::totals() const { return stages_->totals(); }
const PipelineStats& Pipeline::stats() const { return stages_->stats(); }
const std::string& Pipeline::warning() const { return stages_->warning(); }

}  // namespace rampart::sniffer
