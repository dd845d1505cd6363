#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sniffer/decode/packet.h"
#include "sniffer/flow/stream_event.h"

namespace rampart::sniffer {

// Serial number arithmetic of RFC 1982 on TCP sequence numbers.
constexpr std::int32_t seq_distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}
constexpr bool seq_before(std::uint32_t a, std::uint32_t b) { return seq_distance(a, b) > 0; }

enum class TcpState : std::uint8_t {
  none,  // no handshake seen and midstream pickup off: packets pass, streams do not exist
  syn_sent,
  syn_received,
  established,
  closing,  // one side has sent FIN
  closed,   // both have
  reset,
};
std::string_view to_string(TcpState state);  // the field's words: "syn_sent", "fin_wait1", ...

// Counters of one direction.
struct TcpSide {
  std::uint32_t isn = 0;          // of the SYN
  std::uint32_t next = 0;         // the highest sequence number seen, plus one
  std::uint32_t acked = 0;        // the highest acknowledgment that this side sent
  std::uint32_t window = 0;       // advertised, scaled
  std::uint8_t scale = 0;         //
  std::uint8_t flags = 0;         // all flags seen, as in EVE
  bool seen = false;              // next is valid
  bool scale_offered = false;     //
  bool fin = false;               //
  bool timestamped = false;       // the next two are valid
  std::uint32_t timestamp = 0;    // newest that a receiver would remember (RFC 7323, 4.3)
  base::WallTime timestamp_at{};  //
};

// What one packet meant.
struct TcpEvent {
  bool retransmit = false;  // carries bytes (or a SYN) that were seen before
  bool zero_window = false;
  bool handshake = false;            // this packet completed it
  std::optional<base::Nanos> rtt{};  // with handshake: see TcpTracker
  bool closed = false;               // this packet ended the connection: once, see has_closed()
  bool acceptable = false;           // belongs to the connection: data may be reassembled
  std::uint32_t advanced = 0;        // sequence numbers beyond all that its sender had used
  StreamEvents remarks = {};         // what is odd about it
};

// Follows one connection (RFC 9293 as a bystander sees it). Never trusts a single packet: data and
// resets outside the window are not acceptable, nor what acknowledges bytes that the other side may
// not have sent yet (RFC 5961, section 5) or comes with a timestamp of the past (RFC 7323, section
// 5). A reset after which its sender goes on was not his: the connection goes on too; within the
// handshake only where the server acknowledges what follows, since a server that believed the reset
// knows of no connection.
//
// The handshake's round trip is SYN to SYN-ACK plus SYN-ACK to ACK: whatever the place of the
// capture, the two legs together are one round trip of the path. Not measured where the SYN or the
// SYN-ACK was sent twice (Karn's rule).
class TcpTracker {
 public:
  // `to_server` is the packet's direction. hot
  TcpEvent update(const Packet& packet, bool to_server, bool midstream);

  // The connection is over, and its first SYN comes again: an old duplicate (RFC 9293, section
  // 3.10.7.8), or a capture that has everything twice.
  [[nodiscard]] bool repeats_syn(const Packet& packet) const;
  // After such a SYN: the server's answer tells that it was a new connection all the same.
  [[nodiscard]] bool begins_anew(const Packet& packet) const;
  // As if the SYN that this SYN-ACK answers had been seen. Before the first update().
  void assume_syn(const Packet& syn_ack);

  [[nodiscard]] TcpState state() const { return state_; }
  [[nodiscard]] bool established() const {
    return state_ >= TcpState::established && handshake_done_;
  }
  // It ended once, even if a reset was taken back since.
  [[nodiscard]] bool has_closed() const { return has_closed_; }
  // The SYN was answered, and the client has not acknowledged the answer, or has refused it and was
  // not believed since: what comes is not part of a connection yet.
  [[nodiscard]] bool opening() const;
  [[nodiscard]] const TcpSide& side(bool to_server) const { return sides_[to_server ? 0 : 1]; }
  // Where the stream of that direction begins: the byte after its SYN, or where pickup began.
  [[nodiscard]] std::uint32_t stream_start(bool to_server) const {
    return sides_[to_server ? 0 : 1].isn + 1;
  }

 private:
  // Where the server's side stands.
  enum class Phase : std::uint8_t {
    established,
    fin_wait1,
    fin_wait2,
    closing,
    close_wait,
    last_ack,
    time_wait,
  };
  struct PhaseEvents;

  TcpEvent open(const Packet& packet, bool to_server, bool midstream);
  TcpEvent follow(const Packet& packet, bool to_server);
  void follow_reset(const Packet& packet, bool to_server, TcpEvent& event);
  void doubt_reset(const Packet& packet, bool to_server, TcpEvent& event);
  void follow_syn(const Packet& packet, bool to_server, TcpEvent& event);
  void follow_syn_ack(const Packet& packet, bool to_server, TcpEvent& event);
  void follow_fin(TcpSide& mine, const TcpSide& peer, bool to_server, TcpEvent& event);
  void take_syn(const Packet& packet, TcpSide& side);
  void complete_handshake(const Packet& packet, TcpEvent& event);
  void take_segment(const Packet& packet, TcpSide& mine, const TcpSide& peer, TcpEvent& event);
  void take_timestamp(const Packet& packet, TcpSide& mine, const TcpSide& peer);
  // False: the packet is from before, or its echo was never sent.
  [[nodiscard]] bool timestamp_fits(const Packet& packet, bool to_server) const;
  [[nodiscard]] bool ack_fits(const Packet& packet, bool to_server) const;
  // Remarks on a packet whose numbers do not fit.
  void remark_seq(const Packet& packet, bool to_server, TcpEvent& event) const;
  void remark_ack(const Packet& packet, bool to_server, TcpEvent& event) const;
  [[nodiscard]] Phase phase() const;
  static const PhaseEvents& events_of(Phase phase);
  static bool in_window(const Packet& packet, const TcpSide& mine, const TcpSide& peer);

  std::array<TcpSide, 2> sides_{};  // by sender: client, server
  base::WallTime syn_at_{};
  base::WallTime syn_ack_at_{};
  TcpState state_ = TcpState::none;
  bool handshake_done_ = false;
  bool syn_seen_ = false;
  bool syn_repeated_ = false;
  bool has_closed_ = false;
  bool timestamps_refused_ = false;  // not offered by both SYNs
  bool syn_ack_refused_ = false;     // one came that does not answer the SYN
  std::uint32_t syn_timestamp_ = 0;  // of the first SYN; its side has that of the last one
  bool server_ends_first_ = false;
  // With state reset: what it was before, and whose reset it was, at which number.
  TcpState before_reset_ = TcpState::none;
  bool server_reset_ = false;
  std::uint32_t reset_seq_ = 0;
};

}  // namespace rampart::sniffer
