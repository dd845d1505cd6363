#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sniffer/app/app_layer.h"
#include "sniffer/app/protocol_guess.h"
#include "sniffer/behaviour/behaviour_observer.h"
#include "sniffer/behaviour/behaviour_watch.h"
#include "sniffer/capture/capture.h"
#include "sniffer/detect/detection.h"
#include "sniffer/detect/detector.h"
#include "sniffer/eve/eve_log.h"
#include "sniffer/flow/defragmenter.h"
#include "sniffer/flow/flow_table.h"
#include "sniffer/flow/icmp_quote.h"
#include "sniffer/flow/implied_packet.h"
#include "sniffer/flow/own_table.h"
#include "sniffer/flow/reassembler.h"
#include "sniffer/packet_counts.h"
#include "sniffer/pipeline.h"
#include "sniffer/wire_meter.h"

namespace rampart::sniffer {

// What a pipeline is given when it is opened.
struct Pipeline::Parts {
  Capture capture;
  // Of pipelines that share a capture: the key of their observations, which the listener is told of
  // and which another judges.
  std::optional<HashKey> shared;
  AppLayerOptions app = {};
};

// What one pipeline is made of, and the way of a frame through it. Frames and what they lead to are
// in pipeline.cc, the way from packets to streams and applications in pipeline_streams.cc.
class Pipeline::Stages final : public FrameHandler,
                               public FlowListener,
                               public IntervalSink,
                               public StreamSink,
                               public AppSink,
                               public BehaviourSink {
 public:
  Stages(PipelineOptions options, PipelineListener& listener, const base::Clock& clock, Parts parts,
         std::optional<AlertPcap> alert_pcap)
      : options_(std::move(options)),
        listener_(listener),
        clock_(clock),
        capture_(std::move(parts.capture)),
        alert_pcap_(std::move(alert_pcap)),
        attack_filter_(options_.attack_suppressions),
        budget_(options_.stream_memory),
        defragmenter_(key_),
        app_(parts.app),
        flows_({.memory = options_.flow_memory, .timeouts = {}, .key = key_}, *this),
        own_(key_),
        meter_(*this),
        first_(clock.wall()) {
    if (options_.behaviour && options_.behaviour->enabled) watch_behaviour(parts.shared);
  }

  base::Status load(RuleList rules, PatternCompiler& patterns) {
    RAMPART_TRY(detector_, Detector::create(std::move(rules), patterns, {.key = key_}, budget_));
    pattern_load_ = patterns.load();
    totals_.rules_loaded = detector_->size();
    return {};
  }

  void log_to(std::optional<EveLog> eve) {
    if (eve) eve_.emplace(*std::move(eve));
  }
  [[nodiscard]] base::Status reopen_eve() const { return eve_ ? eve_->reopen() : base::Status(); }
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
  [[nodiscard]] const PatternLoad& pattern_load() const { return pattern_load_; }
  void set_rules_failed(std::uint64_t count) { totals_.rules_failed = count; }

 private:
  void watch_behaviour(std::optional<HashKey> shared) {
    if (shared) {
      behaviour_.emplace(*shared, listener_);
    } else {
      watch_ = sniffer::watch_behaviour(*options_.behaviour, key_, capture_.is_live(), *this);
      behaviour_.emplace(key_, *watch_);
    }
  }
  void inspect(Packet& packet, Invalid reason);
  void measure(const Packet& packet, Flow* flow);
  void invalid(const Packet& packet, Invalid reason);
  void without_flow(const Packet& packet);
  void last_fragment(const Packet& packet);
  void icmp_error(const Packet& packet, const FlowTable::Found& its);
  FlowTable::Found flow_of(const Packet& packet);
  // True where the packet belongs to a connection: its payload is in the stream.
  bool follow_tcp(const PacketContext& context, Flow& flow);
  void follow_syn(const PacketContext& context, Flow& flow, const TcpEvent& event);
  void reassemble(const PacketContext& context, Flow& flow);
  void release(const PacketContext& context, Flow& flow);
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
  std::optional<AlertPcap> alert_pcap_;
  AttackFilter attack_filter_;

  std::optional<EveLog> eve_;  // set before the first packet

  PipelineStats stats_;
  model::WireTotals totals_;
  MemoryBudget budget_;
  std::unique_ptr<Detector> detector_;
  PatternLoad pattern_load_;
  std::unique_ptr<BehaviourWatch> watch_;       // null: off, or another judges
  std::optional<BehaviourObserver> behaviour_;  // nothing: off
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
  bool flow_ends_ = false;      // a hole is one in what was sent, not in what was captured
};

}  // namespace rampart::sniffer
