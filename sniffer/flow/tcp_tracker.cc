#include "sniffer/flow/tcp_tracker.h"

#include <algorithm>
#include <utility>

namespace rampart::sniffer {
namespace {

using namespace tcp_flag;

// Segments may arrive this far past the expected one even where the advertised window is small or
// was not seen.
constexpr std::uint32_t kLeastWindow = 256U << 10U;

// Sequence space of the segment: SYN and FIN take one number each (RFC 9293 section 3.4).
std::uint32_t sequence_length(const Packet& p) {
  return p.payload_size + (p.has(kSyn) ? 1U : 0U) + (p.has(kFin) ? 1U : 0U);
}

}  // namespace

std::string_view to_string(TcpState state) {
  switch (state) {
    case TcpState::none: return "none";
    case TcpState::syn_sent: return "syn_sent";
    case TcpState::syn_received: return "syn_recv";
    case TcpState::established: return "established";
    case TcpState::closing: return "fin_wait1";
    case TcpState::closed:
    case TcpState::reset: return "closed";
  }
  return "none";
}

TcpEvent TcpTracker::update(const Packet& packet, bool to_server, bool midstream) {
  sides_[to_server ? 0 : 1].flags |= packet.flags;
  const bool first = state_ == TcpState::none;
  auto event = first ? open(packet, to_server, midstream) : follow(packet, to_server);
  if (!packet.has(kAck) && packet.ack != 0) event.remarks.add(StreamEvent::pkt_broken_ack);
  if (packet.has(kSyn | kFin) && !first) event.remarks.add(StreamEvent::fin_syn);
  event.zero_window = packet.window == 0 && !packet.has(kRst) && !packet.has(kSyn);
  if (event.closed) event.closed = !std::exchange(has_closed_, true);
  return event;
}

void TcpTracker::take_syn(const Packet& packet, TcpSide& side) {
  side.isn = packet.seq;
  side.next = packet.seq + 1 + packet.payload_size;
  side.seen = true;
  side.window = packet.window;  // never scaled in a SYN (RFC 7323)
  side.scale_offered = packet.window_scale >= 0;
  side.scale = static_cast<std::uint8_t>(std::max<int>(packet.window_scale, 0));
  side.timestamped = packet.timestamped;
  side.timestamp = packet.timestamp;
  side.timestamp_at = packet.time;
  if (!packet.has(kAck)) syn_timestamp_ = packet.timestamp;
}

TcpEvent TcpTracker::open(const Packet& packet, bool to_server, bool midstream) {
  auto& mine = sides_[to_server ? 0 : 1];
  auto& peer = sides_[to_server ? 1 : 0];
  TcpEvent event;
  if (packet.has(kSyn) && !packet.has(kRst)) {
    if (packet.has(kFin)) {
      // Opens and closes at once: most receivers throw it away. Others take it for a SYN, and
      // answer.
      event.remarks.add(StreamEvent::fin_but_no_session);
      if (!packet.has(kAck) && to_server) take_syn(packet, mine);
      return event;
    }
    if (packet.has(kAck) && !to_server && peer.seen && packet.ack == peer.isn + 1) {
      syn_seen_ = true;
      syn_repeated_ = true;  // no round trip
      state_ = TcpState::syn_sent;
      return follow(packet, to_server);
    }
    if (packet.has(kAck) && !midstream) return event;
    take_syn(packet, mine);
    if (packet.has(kAck)) {
      peer.isn = packet.ack - 1;
      peer.next = packet.ack;
      peer.seen = true;
      state_ = TcpState::syn_received;
      syn_repeated_ = true;  // the SYN was not seen: no round trip
    } else {
      syn_at_ = packet.time;
      syn_seen_ = true;
      state_ = TcpState::syn_sent;
    }
    event.acceptable = true;
    return event;
  }
  if (!midstream || packet.has(kRst) || !packet.has(kAck)) {
    if (packet.has(kRst))
      event.remarks.add(StreamEvent::rst_but_no_session);
    else if (packet.has(kFin))
      event.remarks.add(StreamEvent::fin_but_no_session);
    return event;
  }
  mine.isn = packet.seq - 1;
  mine.next = packet.seq + sequence_length(packet);
  mine.acked = packet.ack;
  mine.window = packet.window;
  mine.seen = true;
  peer.isn = packet.ack - 1;
  peer.next = packet.ack;
  peer.seen = true;
  mine.scale_offered = peer.scale_offered = true;
  mine.scale = peer.scale = 14;  // unknown: allow any window
  state_ = packet.has(kFin) ? TcpState::closing : TcpState::established;
  mine.fin = packet.has(kFin);
  handshake_done_ = true;
  event.acceptable = true;
  event.advanced = sequence_length(packet);
  return event;
}

bool TcpTracker::repeats_syn(const Packet& packet) const {
  return state_ >= TcpState::closed && handshake_done_ && syn_seen_ && packet.has(kSyn) &&
         !packet.has(kAck) && packet.seq == sides_[0].isn;
}

bool TcpTracker::begins_anew(const Packet& packet) const {
  return state_ >= TcpState::closed && handshake_done_ && syn_seen_ && packet.has(kSyn) &&
         packet.has(kAck) && packet.ack == sides_[0].isn + 1 && packet.seq != sides_[1].isn;
}

void TcpTracker::assume_syn(const Packet& syn_ack) {
  auto& client = sides_[0];
  client.isn = syn_ack.ack - 1;
  client.next = syn_ack.ack;
  client.seen = true;
  client.scale_offered = true;
  client.scale = 14;  // unknown: allow any window
  syn_seen_ = true;
  syn_repeated_ = true;  // no round trip
  state_ = TcpState::syn_sent;
}

bool TcpTracker::opening() const {
  return syn_seen_ && !handshake_done_ &&
         (state_ == TcpState::syn_received ||
          (state_ == TcpState::reset && before_reset_ == TcpState::syn_received));
}

bool TcpTracker::in_window(const Packet& packet, const TcpSide& mine, const TcpSide& peer) {
  if (!mine.seen) return true;
  // Half of the sequence space away has no opposite in 32 bits.
  const std::int64_t window =
      std::min(std::max(peer.window, kLeastWindow), std::uint32_t{1} << 30U);
  const std::int64_t ahead = seq_distance(mine.next, packet.seq);
  return ahead <= window && -ahead <= window + packet.payload_size;
}

void TcpTracker::take_segment(const Packet& packet, TcpSide& mine, const TcpSide& peer,
                              TcpEvent& event) {
  const auto end = packet.seq + sequence_length(packet);
  if (!mine.seen) {
    mine.isn = packet.seq - 1;
    mine.next = end;
    mine.seen = true;
    event.advanced = sequence_length(packet);
  } else {
    // One byte just below the next is a keep-alive probe, not a retransmission.
    const bool keep_alive = packet.payload_size <= 1 && packet.seq == mine.next - 1 &&
                            !packet.has(kFin) && !packet.has(kSyn);
    if (packet.payload_size != 0 && !keep_alive && seq_before(packet.seq, mine.next))
      event.retransmit = true;
    if (event.retransmit && peer.fin && !mine.fin)
      event.remarks.add(StreamEvent::pkt_retransmission);
    if (event.retransmit && peer.acked != 0 && !seq_before(peer.acked, end)) {
      const auto now = phase();
      event.remarks.add(StreamEvent::pkt_spurious_retransmission);
      if (now == Phase::established && seq_before(end, peer.acked))
        event.remarks.add(StreamEvent::est_pkt_before_last_ack);
      if (now == Phase::close_wait) event.remarks.add(StreamEvent::closewait_pkt_before_last_ack);
    }
    if (seq_before(mine.next, end)) {
      event.advanced = end - mine.next;
      mine.next = end;
    }
  }
  if (packet.has(kAck)) {
    if (seq_before(mine.acked, packet.ack) || mine.acked == 0) mine.acked = packet.ack;
    const bool scaled = sides_[0].scale_offered && sides_[1].scale_offered;
    mine.window = static_cast<std::uint32_t>(packet.window) << (scaled ? mine.scale : 0U);
  }
}

void TcpTracker::complete_handshake(const Packet& packet, TcpEvent& event) {
  state_ = TcpState::established;
  handshake_done_ = true;
  event.handshake = true;
  if (!syn_repeated_ && packet.ack == sides_[1].isn + 1 && packet.time >= syn_ack_at_ &&
      syn_ack_at_ >= syn_at_)
    event.rtt = packet.time - syn_at_;
}

TcpEvent TcpTracker::follow(const Packet& packet, bool to_server) {
  auto& mine = sides_[to_server ? 0 : 1];
  auto& peer = sides_[to_server ? 1 : 0];
  TcpEvent event;
  if (!timestamp_fits(packet, to_server)) {
    event.remarks.add(StreamEvent::pkt_invalid_timestamp);
    return event;
  }
  if (packet.has(kRst)) {
    follow_reset(packet, to_server, event);
    return event;
  }
  if (packet.has(kSyn)) {
    packet.has(kAck) ? follow_syn_ack(packet, to_server, event)
                     : follow_syn(packet, to_server, event);
    return event;
  }
  if (!in_window(packet, mine, peer)) {
    remark_seq(packet, to_server, event);
    return event;
  }
  // Data before any SYN-ACK; of the client, where one came that it cannot have believed. Where none
  // was captured at all the client alone is followed.
  if (state_ == TcpState::syn_sent && (!to_server || syn_ack_refused_)) return event;
  if (!ack_fits(packet, to_server)) {
    remark_ack(packet, to_server, event);
    return event;
  }
  event.acceptable = true;
  if (state_ == TcpState::reset) doubt_reset(packet, to_server, event);
  // Any acknowledgment of the SYN-ACK completes the handshake: the first may have been overtaken.
  if (state_ == TcpState::syn_received && to_server && packet.has(kAck) &&
      seq_before(peer.isn, packet.ack) && !seq_before(peer.next, packet.ack))
    complete_handshake(packet, event);
  take_timestamp(packet, mine, peer);
  take_segment(packet, mine, peer, event);
  if (packet.has(kFin) && !mine.fin) follow_fin(mine, peer, to_server, event);
  return event;
}

void TcpTracker::follow_fin(TcpSide& mine, const TcpSide& peer, bool to_server, TcpEvent& event) {
  mine.fin = true;
  if (!peer.fin) {
    server_ends_first_ = !to_server;
    if (state_ >= TcpState::established && state_ < TcpState::closing) state_ = TcpState::closing;
    return;
  }
  event.closed = state_ != TcpState::closed && state_ != TcpState::reset;
  if (state_ != TcpState::reset) state_ = TcpState::closed;
}

void TcpTracker::follow_reset(const Packet& packet, bool to_server, TcpEvent& event) {
  const auto& mine = sides_[to_server ? 0 : 1];
  const auto& peer = sides_[to_server ? 1 : 0];
  const bool asked = state_ == TcpState::syn_sent;
  // A client that gives up before the answer sends nothing; its reset is for an answer that it did
  // not believe, and it waits on (RFC 9293, section 3.10.7.3).
  if (asked && to_server) return;
  // RFC 5961: a reset counts only where it fits; in answer to a SYN it must acknowledge it.
  const bool acked =
      asked ? packet.has(kAck) && packet.ack == peer.next : ack_fits(packet, to_server);
  if (!acked) {
    event.remarks.add(StreamEvent::rst_invalid_ack);
    event.remarks.add(StreamEvent::pkt_invalid_ack);
  }
  if (!acked || (!asked && !in_window(packet, mine, peer)) || state_ == TcpState::reset) return;
  event.closed = state_ != TcpState::closed;
  event.acceptable = true;
  before_reset_ = state_;
  server_reset_ = !to_server;
  reset_seq_ = packet.seq;
  state_ = TcpState::reset;
}

void TcpTracker::doubt_reset(const Packet& packet, bool to_server, TcpEvent& event) {
  const bool handshake = before_reset_ < TcpState::established;
  const bool goes_on = handshake ? before_reset_ == TcpState::syn_received && !server_reset_ &&
                                       !to_server && packet.has(kAck) &&
                                       seq_before(reset_seq_, packet.ack)
                                 : to_server != server_reset_ && packet.payload_size != 0 &&
                                       !seq_before(packet.seq, reset_seq_);
  if (!goes_on) return;
  event.remarks.add(StreamEvent::suspected_rst_inject);
  state_ = before_reset_;
  if (handshake) complete_handshake(packet, event);
}

void TcpTracker::follow_syn(const Packet& packet, bool to_server, TcpEvent& event) {
  auto& mine = sides_[to_server ? 0 : 1];
  const bool same = mine.seen && packet.seq == mine.isn;
  const bool received = state_ == TcpState::syn_received;
  if (to_server && state_ <= TcpState::syn_received) {
    event.retransmit = packet.seq == mine.isn;
    syn_repeated_ = true;
    if (!same && received)
      event.remarks.add(StreamEvent::handshake_syn_resend_diff_seq_on_syn_recv);
    if (event.retransmit && packet.timestamped) mine.timestamp = packet.timestamp;
    if (!event.retransmit && state_ == TcpState::syn_sent) take_syn(packet, mine);
    event.acceptable = same || !received;
    return;
  }
  if (received) event.remarks.add(StreamEvent::handshake_syn_toclient_on_syn_recv);
  if (state_ == TcpState::established)
    event.remarks.add(!to_server ? StreamEvent::est_syn_toclient
                      : same     ? StreamEvent::est_syn_resend
                                 : StreamEvent::est_syn_resend_diff_seq);
  if (state_ == TcpState::closing) event.remarks.add(StreamEvent::shutdown_syn_resend);
  if (!same) return;
  event.retransmit = event.acceptable = true;
  syn_repeated_ = true;
}

void TcpTracker::follow_syn_ack(const Packet& packet, bool to_server, TcpEvent& event) {
  auto& mine = sides_[to_server ? 0 : 1];
  auto& peer = sides_[to_server ? 1 : 0];
  const bool same_seq = mine.seen && packet.seq == mine.isn;
  const bool same_ack = packet.ack == peer.isn + 1;
  // Who refuses does not accept afterwards.
  if (state_ == TcpState::reset && before_reset_ == TcpState::syn_sent && !to_server && same_ack) {
    event.remarks.add(StreamEvent::suspected_rst_inject);
    state_ = TcpState::syn_sent;
  }
  if (state_ == TcpState::syn_sent) {
    if (to_server) {
      event.remarks.add(StreamEvent::handshake_synack_in_wrong_direction);
    } else if (!seq_before(peer.isn, packet.ack) || seq_before(peer.next, packet.ack)) {
      event.remarks.add(StreamEvent::handshake_synack_with_wrong_ack);
      syn_ack_refused_ = true;
    } else {
      take_syn(packet, mine);
      timestamps_refused_ = !peer.timestamped || !packet.timestamped;
      mine.acked = packet.ack;
      syn_ack_at_ = packet.time;
      state_ = TcpState::syn_received;
      event.acceptable = true;
    }
    return;
  }
  if (state_ == TcpState::syn_received) {
    if (to_server)
      event.remarks.add(StreamEvent::handshake_synack_toserver_on_syn_recv);
    else if (!same_seq)
      event.remarks.add(StreamEvent::handshake_synack_resend_with_diff_seq);
    else if (!same_ack && packet.ack != mine.acked)
      event.remarks.add(StreamEvent::handshake_synack_resend_with_different_ack);
  } else if (state_ == TcpState::established) {
    if (to_server)
      event.remarks.add(StreamEvent::est_synack_toserver);
    else if (!same_seq)
      event.remarks.add(StreamEvent::est_synack_resend_with_diff_seq);
    else if (packet.ack != mine.acked)
      event.remarks.add(StreamEvent::est_synack_resend_with_different_ack);
    else if (peer.next != peer.isn + 1)  // before data: the ACK of the handshake was lost
      event.remarks.add(StreamEvent::est_synack_resend);
  }
  if (!same_seq) return;
  event.retransmit = event.acceptable = true;
  syn_repeated_ = true;
}

}  // namespace rampart::sniffer
