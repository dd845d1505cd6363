#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sniffer/detect/header_index.h"
#include "sniffer/detect/header_matcher.h"
#include "sniffer/detect/icmp_pairs.h"
#include "sniffer/detect/payload_matcher.h"
#include "sniffer/detect/rule_group.h"
#include "sniffer/detect/rule_scope.h"
#include "sniffer/detect/stream_window.h"
#include "sniffer/detect/thresholds.h"
#include "sniffer/detect/transaction_rules.h"
#include "sniffer/detect/variables.h"
#include "sniffer/rules/rule_order.h"

namespace rampart::sniffer {

struct DetectorOptions {
  HashKey key{};
  std::size_t alerts_per_packet = 15;
};

struct DetectorStats {
  std::uint64_t suppressed = 0;        // by threshold
  std::uint64_t overflow = 0;          // beyond alerts_per_packet
  std::uint64_t failed_scans = 0;      // Hyperscan gave up: literals may have been missed
  std::uint64_t pending_lost = 0;      // streams with more half-matched rules than are remembered
  std::uint64_t counts_displaced = 0;  // of thresholds, by newer ones: they began again
  std::uint64_t host_bits_displaced = 0;  // xbits, by newer ones: they were forgotten
};

// A rule that matched the packet at hand, or a transaction that it brought further.
struct Match {
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  RuleId rule;
  std::uint64_t transaction = kNone;  // its number in the flow
  bool other_way = false;             // speaks of the direction against the packet's
  bool of_stream = false;             // found in the stream, not in the packet by itself
  auto operator<=>(const Match&) const = default;
};

// Rules against traffic. For each packet: begin(); then, for what the packet completed of its
// stream, stream_bytes(), transaction() as often as the flow's parser tells of progress, and
// stream_rules(), or stream_gap(); then finish(), which gives the alerts.
//
// Rules on TCP with contents look at the stream; with depth, offset or startswith at the stream and
// at each packet; with dsize, flags or another property of a packet at packets only. A packet
// that is the next part of its stream is searched once for both, together with the few bytes before
// it in which a literal that is split between segments begins; the candidates are then verified in
// the packet, or in a window of the stream's last 4 KiB and more, of HTTP/1 from the beginning of
// the message that the packet goes on with, where that is known, to the packet's end. A rule alerts
// at most once per packet, and on a stream only where part of the match is new; one that looks at
// both may alert, and is counted by its threshold, for each. A rule on transactions alerts once per
// transaction.
//
// One thread. hot: no allocation on the way to "nothing matched" once buffers have grown.
class Detector final : private RuleJudge {
 public:
  // `patterns` is needed for the call only; what other detectors got from it is shared with them.
  static base::Result<std::unique_ptr<Detector>> create(RuleList rules, PatternCompiler& patterns,
                                                        DetectorOptions options,
                                                        MemoryBudget& budget);
  ~Detector() override = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  [[nodiscard]] const Rule& rule(RuleId id) const { return rules_[id]; }

  void begin() {
    matched_.clear();
    searched_ = {};
  }
  void stream_bytes(Flow& flow, const PacketContext& context, Bytes bytes);
  // Rules on the stream, with the bytes that stream_bytes() brought: once the application's parser
  // has seen them too, so that it is known what the flow speaks. Does nothing the second time.
  void stream_rules(Flow& flow, const PacketContext& context);
  void stream_gap(Flow& flow, Direction direction, std::uint64_t bytes);
  // Whether bytes that came again differ from what the stream had `back` bytes before its end; as
  // far as that is still known.
  [[nodiscard]] bool differs(const Flow& flow, Direction direction, std::uint64_t back,
                             Bytes bytes) const;
  // The transaction of the context's flow came further in the context's direction.
  void transaction(Flow& flow, const PacketContext& context, Transaction& transaction);
  // `in_stream`: the payload went through stream_bytes (now or, for a segment out of order, later),
  // so that rules on streams need not look at the packet. `app_is_news`: what the flow speaks is
  // known from this packet on, which its receiver has not taken yet, so that rules that ask for
  // nothing but that protocol begin with the next one, and those that look at stream and packet
  // look at the stream alone. The span holds until begin().
  std::span<const Match> finish(const PacketContext& context, Flow& flow, bool in_stream,
                                bool app_is_news = false);
  // The flow's parser objects to something; `transaction` is null where that belongs to none. What
  // belongs to one is seen by rules on either direction of it, and where both of its ends go on
  // talking a rule without a direction sees it twice; of TLS and SSH, with the other end's next
  // packet.
  void event(Flow& flow, const PacketContext& context, AppEvent event, Transaction* transaction);
  // Instead of finish() for an error of ICMP, with the flow that it quotes as the context's; null:
  // none that is known. As anybody can write the quote, rules read that flow and decide nothing for
  // it: what they pass or end is the error's own flow, `its`, in which it goes that `way`. What
  // rules on addresses match once, they match once per sender of errors and per flow quoted.
  std::span<const Match> finish_error(const PacketContext& context, Flow* quoted, Flow& its,
                                      Direction way);
  // Instead of finish() where the packet belongs to no flow, because it is a fragment or could not
  // be decoded. `headers`: those that could are good.
  std::span<const Match> finish_invalid(const PacketContext& context, bool headers);
  // The same for a fragment, of which rules on headers alone are asked.
  std::span<const Match> finish_fragment(const PacketContext& context);
  // The same without a packet to look at: what transactions came to as their flow ended.
  std::span<const Match> finish_flow(const PacketContext& context, Flow& flow);
  // The flow ends: its stream state goes back to the pool.
  void forget(Flow& flow);

  // Whether a rule has matched on that transaction since begin().
  [[nodiscard]] bool has_matched(std::uint64_t transaction) const;
  [[nodiscard]] DetectorStats stats() const;

 private:
  // A rule whose fast pattern was seen and which more bytes may complete.
  struct Pending {
    RuleId rule;
    std::uint64_t seen_at;  // stream offset of the end of the fast pattern
  };
  static constexpr std::size_t kMostPending = 16;
  static constexpr std::size_t kMostIdle = 256;  // flows that ended whose memory is kept
  // What was raised in the other direction, and is told with the next packet of this one.
  struct Owed {
    RuleId rule;
    std::uint64_t transaction;
    bool due;   // it was raised again, or for the first time, since the last packet
    bool told;  // it has matched
  };
  static constexpr std::size_t kMostOwed = 32;
  // A rule on bits of hosts that has matched in a flow.
  struct Told {
    RuleId rule;
    AppProto app;  // where it asks for that
    bool operator==(const Told&) const = default;
  };
  struct StreamState {
    StreamWindow window;
    Buffer buffer;                              // its newest view
    std::optional<std::uint64_t> next_message;  // the stream offset at which another begins
    std::vector<Pending> pending;
    std::vector<Owed> owed;  // at most kMostOwed
    std::vector<Told> told;
  };
  enum class Kind : std::uint8_t { tcp, udp, icmp, other };
  static constexpr std::size_t kKinds = 4;
  using Groups = std::array<RuleGroup, 2>;  // by Direction

  Detector(RuleList rules, DetectorOptions options, MemoryBudget& budget);
  base::Status build(PatternCompiler& patterns);
  HeaderIndex& index_of(const Rule& rule);
  Groups build_groups(Kind kind, PatternCompiler& patterns);
  [[nodiscard]] bool keeps_streams(Direction direction) const;
  StreamState& state_of(Flow& flow, Direction direction);
  static void begin_message(StreamState& state);
  bool concerns(RuleId rule) override;
  bool accept(RuleId rule) override;
  void accept_event(RuleId rule, Transaction& transaction);
  void accept_once(RuleId rule, Transaction& transaction);
  void owe(RuleId rule);
  void pay(const PacketContext& context, Flow& flow);
  void search(RuleGroup& group, const Buffer& buffer);
  void inspect_payload(RuleGroup& group, const PacketContext& context, Looks where,
                       bool app_is_news);
  void inspect_headers(const PacketContext& context, bool app_is_news);
  void inspect_once(const PacketContext& context, Flow& flow);
  void inspect_alone(const PacketContext& context);
  void inspect_protocol(const PacketContext& context, Flow& flow);
  void inspect_addresses(const PacketContext& context, Flow& flow);
  void inspect_host_bits(const PacketContext& context, Flow& flow, Direction way);
  void judge(HeaderIndex& rules, const PacketContext& context);
  void repeat(RuleId id, const PacketContext& context, Flow& flow);
  void inspect_events(const PacketContext& context);
  void try_rule(RuleId id, const PacketContext& context, const Buffer& buffer);
  void gather(const RuleGroup& group, Looks where);
  [[nodiscard]] bool headers_hold(const Rule& rule, const PacketContext& context);
  // The rule has matched: what it remembers is remembered at once, for the rules after it.
  void match(RuleId id, const PacketContext& context, std::uint64_t transaction = Match::kNone);
  void retry_pending(StreamState& state, const PacketContext& context, const Buffer& buffer);
  void remember(StreamState& state, RuleId id, std::uint64_t at);
  void keep_alerts(const PacketContext& context, Flow* flow);
  bool held_back(const Rule& rule, RuleId id, const Packet& packet);

  // Set by create().
  RuleList list_;
  std::span<const Rule> rules_;  // of list_
  DetectorOptions options_;
  MemoryBudget& budget_;
  std::array<Groups, kKinds> groups_;
  std::vector<Looks> looks_;                // by RuleId
  std::array<bool, 2> searches_streams_{};  // by Direction
  TransactionRules transaction_rules_;
  HeaderIndex header_rules_;    // no payload keywords
  HeaderIndex address_rules_;   // addresses and protocol only: once per flow and direction
  HeaderIndex protocol_rules_;  // what the flow speaks only: alike, once that is told
  HeaderIndex host_bit_rules_;  // either, and bits of hosts: until they have matched
  std::vector<RuleId> packet_event_rules_;                // events of decoder and stream
  bool watches_repeats_ = false;                          // differs() is asked for
  std::vector<std::pair<AppEvent, RuleId>> event_rules_;  // events of parsers, without sections

  ScanScratch scratch_;
  PayloadMatcher matcher_;
  Thresholds thresholds_;
  Variables variables_;
  IcmpPairs icmp_pairs_;
  std::vector<std::array<StreamState, 2>> streams_;  // by Flow::slot
  std::vector<std::uint32_t> free_slots_;
  std::vector<RuleId> candidates_;
  TransformScratch transformed_;
  std::vector<Match> matched_;
  // During stream_bytes() and stream_rules().
  Bytes fresh_;
  // From begin(), or stream_rules(), to finish(): what was searched of the stream's bytes, whether
  // it began the stream, and what was found there.
  Bytes searched_;
  bool searched_beginning_ = false;
  std::vector<RuleId> found_;
  // During transaction(), for the judge.
  const PacketContext* context_ = nullptr;
  Flow* flow_ = nullptr;
  const Transaction* transaction_ = nullptr;
  bool other_way_ = false;
  bool of_stream_ = false;  // during stream_rules()
  DetectorStats stats_;
};

}  // namespace rampart::sniffer
