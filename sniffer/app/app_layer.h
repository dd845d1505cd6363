#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sniffer/app/dns_parser.h"
#include "sniffer/app/parser.h"
#include "sniffer/flow/flow.h"

namespace rampart::sniffer {

struct AppLayerOptions {
  // Bytes for what parsers hold and for the beginnings of undecided connections. Where it is spent
  // the flow that asks for more is given up.
  std::size_t memory = std::size_t{128} << 20U;
  // Of HTTP/1: somebody reads them, or wants to know what is wrong with their encoding.
  bool decode_bodies = true;
};

struct AppLayerStats {
  std::uint64_t given_up = 0;  // flows, for lack of memory
};

// Finds out what each flow speaks, and hands its bytes to the parser of that protocol. Flows keep
// `app`, `app_slot` and `app_messages` for it. One thread; the sink is told from inside the calls,
// and must not call back.
class AppLayer {
 public:
  static constexpr std::size_t kMostExpected = 256;  // connections that were agreed on elsewhere
  static constexpr std::size_t kMostKept = 2048;     // bytes per direction that may be undecided
  static constexpr std::size_t kMostTurns = 16;      // changes of the speaker, alike
  // On the wire from one side alone, before what it speaks counts as not looked for.
  static constexpr std::uint64_t kMostUnanswered = 100'000;

  explicit AppLayer(AppLayerOptions options);
  ~AppLayer();
  AppLayer(const AppLayer&) = delete;
  AppLayer& operator=(const AppLayer&) = delete;

  // TCP: one direction of a connection, in order. No allocation once a flow's parser is at work,
  // but for what that keeps. hot
  void bytes(Flow& flow, Direction direction, Bytes bytes, AppSink& sink);
  // That many bytes of it will never come.
  void gap(Flow& flow, Direction direction, std::uint64_t bytes, AppSink& sink);
  // It ended: FIN, reset, or the flow's end. What follows in that direction is passed over.
  void end(Flow& flow, Direction direction, AppSink& sink);

  // UDP. No allocation after warm-up. hot
  void datagram(Flow& flow, Direction direction, Bytes datagram, AppSink& sink);

  // The flow leaves; end() should have been called for both directions of a TCP flow.
  void forget(Flow& flow);

  // The flow's transaction of that number where its parser has not done with it; else null.
  [[nodiscard]] const Transaction* open_transaction(const Flow& flow, std::uint64_t number) const;
  // A parser is at work on it: it has been recognised, and nobody gave it up or ended it. hot
  [[nodiscard]] bool is_parsed(const Flow& flow) const {
    return flow.app_slot != kNoFlow && slots_[flow.app_slot]->parser != nullptr;
  }
  // Passwords that were refused and taken on this connection, as far as it was read.
  [[nodiscard]] std::uint32_t failed_logins(const Flow& flow) const;
  [[nodiscard]] std::uint32_t accepted_logins(const Flow& flow) const;
  // While the sink is told: bytes of that direction, and missing ones, that came already and that
  // no parser was given yet, because what the flow speaks was not known.
  [[nodiscard]] std::uint64_t unread(Direction direction) const {
    return unread_[index(direction)];
  }
  [[nodiscard]] const AppLayerStats& stats() const { return stats_; }
  [[nodiscard]] std::size_t memory_used() const { return used_; }
  // More than half of the memory is used: time to end flows that are not needed.
  [[nodiscard]] bool is_short() const { return used_ > options_.memory / 2; }
  [[nodiscard]] std::size_t open_slots() const { return slots_.size() - free_.size(); }

 private:
  // What one side said before the other answered.
  struct Turn {
    Direction direction;
    std::uint32_t bytes;
  };
  struct Slot {
    std::unique_ptr<AppParser> parser;  // null while undecided
    // While undecided, by Direction.
    std::array<std::vector<std::uint8_t>, 2> kept;
    std::array<std::uint64_t, 2> lost{};  // bytes after what is kept
    std::vector<Turn> turns;
    std::array<bool, 2> ended{};
    // Afterwards.
    std::array<bool, 2> judged{};  // whether that side speaks the protocol too
    // What the protocol before agreed to change to; unknown: nothing in particular.
    AppProto expected = AppProto::unknown;
    std::uint8_t handovers = 0;
    std::size_t charged = 0;  // of used_
  };

  Slot& slot_of(Flow& flow);
  // What it speaks, or goes on with, is not known yet.
  [[nodiscard]] bool is_undecided(const Flow& flow) const;
  [[nodiscard]] bool has_ended(const Flow& flow, Direction direction) const;
  void release(Flow& flow);
  // Ends the parser's transactions first.
  void give_up(Flow& flow, AppSink& sink);
  void charge(Flow& flow, AppSink& sink);

  void undecided(Flow& flow, Direction direction, Bytes bytes, AppSink& sink);
  void expect(const Flow& control, DataConnection agreed);
  bool was_expected(Flow& flow, AppSink& sink);
  bool keep(Slot& slot, Direction direction, Bytes bytes);
  void decide(Flow& flow, AppSink& sink);
  void begin(Flow& flow, AppProto proto, Direction direction, AppSink& sink);
  void unanswered(Flow& flow, Direction direction, AppSink& sink);
  void feed(Flow& flow, Direction direction, Bytes bytes, AppSink& sink);
  void judge(const Flow& flow, Slot& slot, Direction direction, Bytes bytes, AppSink& sink);
  void change(Flow& flow, Handover handover, Direction direction, Bytes rest, AppSink& sink);

  // Set at construction.
  const AppLayerOptions options_;

  std::vector<std::unique_ptr<Slot>> slots_;  // by Flow::app_slot
  std::vector<std::uint32_t> free_;
  std::size_t used_ = 0;
  std::array<std::uint64_t, 2> unread_{};  // by Direction; during decide()
  struct Expected {
    base::Endpoint listener;
    base::IpAddress caller;
    base::WallTime at;  // when it was agreed on
    DataConnection agreed;
  };
  std::deque<Expected> expected_;  // the oldest first
  DnsParser datagrams_;            // serves every flow of UDP
  AppLayerStats stats_;
};

}  // namespace rampart::sniffer
