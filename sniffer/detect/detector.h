#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sniffer/detect/header_matcher.h"
#include "sniffer/detect/payload_matcher.h"
#include "sniffer/detect/rule_group.h"
#include "sniffer/detect/stream_window.h"
#include "sniffer/detect/thresholds.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {

struct DetectorOptions {
  HashKey key{};
  std::size_t alerts_per_packet = 15;
};

struct DetectorStats {
  std::uint64_t suppressed = 0;    // by threshold
  std::uint64_t overflow = 0;      // beyond alerts_per_packet
  std::uint64_t pending_lost = 0;  // streams with more half-matched rules than are remembered
};

// Rules against traffic. For each packet: begin(), then stream_bytes() and stream_gap() for what
// the packet completed of its stream, then finish(), which gives the alerts.
//
// Rules on TCP with contents look at the stream; with depth, offset or startswith at the stream and
// at each packet; with dsize, flags or another property of a packet at packets only. A stream is
// scanned in Hyperscan's streaming mode, where a literal that is split between segments is found
// without scanning any byte twice, at about 100 bytes of state per direction; the candidates are
// then verified in a window of the last 4 KiB and more. A rule alerts at most once per packet, and
// on a stream only where part of the match is new.
//
// One thread. hot: no allocation on the way to "nothing matched" once buffers have grown.
class Detector {
 public:
  static base::Result<std::unique_ptr<Detector>> create(RuleSet rules, DetectorOptions options,
                                                        MemoryBudget& budget);
  ~Detector();
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  [[nodiscard]] const Rule& rule(RuleId id) const { return rules_[id]; }

  void begin() { matched_.clear(); }
  void stream_bytes(Flow& flow, const PacketContext& context, Bytes bytes);
  void stream_gap(Flow& flow, Direction direction, std::uint64_t bytes);
  // `in_stream`: the payload went through stream_bytes (now or, for a segment out of order, later),
  // so that rules on streams need not look at the packet. The span holds until begin().
  std::span<const RuleId> finish(const PacketContext& context, Flow* flow, bool in_stream);
  // The flow ends: its stream state goes back to the pool.
  void forget(Flow& flow);

  [[nodiscard]] const DetectorStats& stats() const { return stats_; }

 private:
  // A rule whose fast pattern was seen and which more bytes may complete.
  struct Pending {
    RuleId rule;
    std::uint64_t seen_at;  // stream offset of the end of the fast pattern
  };
  static constexpr std::size_t kMostPending = 16;
  struct StreamState {
    StreamWindow window;
    hs_stream* scan = nullptr;
    std::vector<Pending> pending;
  };
  // TCP packets outside of any stream stand for both the packet and the stream.
  enum class Kind : std::uint8_t { tcp, tcp_loose, udp, icmp, other };
  static constexpr std::size_t kKinds = 5;
  using Groups = std::array<RuleGroup, 2>;  // by Direction

  Detector(RuleSet rules, DetectorOptions options, MemoryBudget& budget);
  base::Status build();
  base::Result<Groups> build_groups(PatternSet::Mode mode, Kind kind, bool stream);
  StreamState& state_of(Flow& flow, Direction direction);
  void inspect_payload(RuleGroup& group, const PacketContext& context);
  void inspect_headers(const PacketContext& context, Flow* flow);
  void try_rule(RuleId id, const PacketContext& context, const Buffer& buffer);
  void retry_pending(StreamState& state, const PacketContext& context, const Buffer& buffer);
  void remember(StreamState& state, RuleId id, std::uint64_t at);
  void keep_alerts(const PacketContext& context, Flow* flow);

  // Set by create().
  std::vector<Rule> rules_;  // by precedence
  DetectorOptions options_;
  MemoryBudget& budget_;
  std::array<Groups, kKinds> packet_groups_;
  Groups stream_groups_;
  std::vector<RuleId> header_rules_;   // no payload keywords
  std::vector<RuleId> address_rules_;  // addresses and protocol only: once per flow and direction

  ScanScratch scratch_;
  PayloadMatcher matcher_;
  Thresholds thresholds_;
  std::vector<std::array<StreamState, 2>> streams_;  // by Flow::slot
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> hits_;
  std::vector<RuleId> matched_;
  DetectorStats stats_;
};

}  // namespace rampart::sniffer
