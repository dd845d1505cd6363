#include "sniffer/flow/tcp_tracker.h"

#include <algorithm>

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
  auto event =
      state_ == TcpState::none ? open(packet, to_server, midstream) : follow(packet, to_server);
  event.zero_window = packet.window == 0 && !packet.has(kRst) && !packet.has(kSyn);
  return event;
}

void TcpTracker::take_syn(const Packet& packet, TcpSide& side) {
  side.isn = packet.seq;
  side.next = packet.seq + 1 + packet.payload_size;
  side.seen = true;
  side.window = packet.window;  // never scaled in a SYN (RFC 7323)
  side.scale_offered = packet.window_scale >= 0;
  side.scale = static_cast<std::uint8_t>(std::max<int>(packet.window_scale, 0));
}

TcpEvent TcpTracker::open(const Packet& packet, bool to_server, bool midstream) {
  auto& mine = sides_[to_server ? 0 : 1];
  auto& peer = sides_[to_server ? 1 : 0];
  TcpEvent event;
  if (packet.has(kSyn) && !packet.has(kRst)) {
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
      state_ = TcpState::syn_sent;
    }
    event.acceptable = true;
    return event;
  }
  if (!midstream || packet.has(kRst) || !packet.has(kAck)) return event;
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
  return event;
}

bool TcpTracker::in_window(const Packet& packet, const TcpSide& mine, const TcpSide& peer) {
  if (!mine.seen) return true;
  const auto window = static_cast<std::int32_t>(
      std::min(std::max(peer.window, kLeastWindow), std::uint32_t{1} << 30U));
  const auto ahead = seq_distance(mine.next, packet.seq);
  return ahead <= window && -ahead <= window + static_cast<std::int32_t>(packet.payload_size);
}

void TcpTracker::take_segment(const Packet& packet, TcpSide& mine, TcpEvent& event) {
  const auto end = packet.seq + sequence_length(packet);
  if (!mine.seen) {
    mine.isn = packet.seq - 1;
    mine.next = end;
    mine.seen = true;
  } else {
    // One byte just below the next is a keep-alive probe, not a retransmission.
    const bool keep_alive = packet.payload_size <= 1 && packet.seq == mine.next - 1 &&
                            !packet.has(kFin) && !packet.has(kSyn);
    if (packet.payload_size != 0 && !keep_alive && seq_before(packet.seq, mine.next))
      event.retransmit = true;
    if (seq_before(mine.next, end)) mine.next = end;
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
  if (packet.has(kRst)) {
    // RFC 5961: a reset counts only where it fits; in answer to a SYN it must acknowledge it.
    const bool fits = state_ == TcpState::syn_sent && !to_server
                          ? packet.has(kAck) && packet.ack == peer.next
                          : in_window(packet, mine, peer);
    if (!fits || state_ == TcpState::reset) return event;
    event.closed = state_ != TcpState::closed;
    event.acceptable = true;
    state_ = TcpState::reset;
    return event;
  }
  if (packet.has(kSyn)) {
    if (!packet.has(kAck) && to_server && state_ <= TcpState::syn_received) {
      event.retransmit = packet.seq == mine.isn;
      syn_repeated_ = true;
      if (!event.retransmit && state_ == TcpState::syn_sent) take_syn(packet, mine);
      event.acceptable = true;
    } else if (packet.has(kAck) && !to_server && state_ == TcpState::syn_sent) {
      if (!seq_before(peer.isn, packet.ack) || seq_before(peer.next, packet.ack)) return event;
      take_syn(packet, mine);
      mine.acked = packet.ack;
      syn_ack_at_ = packet.time;
      state_ = TcpState::syn_received;
      event.acceptable = true;
    } else if (mine.seen && packet.seq == mine.isn) {
      event.retransmit = true;
      syn_repeated_ = true;
      event.acceptable = true;
    }
    return event;
  }
  if (!in_window(packet, mine, peer)) return event;
  if (state_ == TcpState::syn_sent && !to_server) return event;  // data before any SYN-ACK
  event.acceptable = true;
  // Any acknowledgment of the SYN-ACK completes the handshake: the first may have been overtaken.
  if (state_ == TcpState::syn_received && to_server && packet.has(kAck) &&
      seq_before(peer.isn, packet.ack) && !seq_before(peer.next, packet.ack))
    complete_handshake(packet, event);
  take_segment(packet, mine, event);
  if (packet.has(kFin) && !mine.fin) {
    mine.fin = true;
    if (peer.fin) {
      event.closed = state_ != TcpState::closed && state_ != TcpState::reset;
      if (state_ != TcpState::reset) state_ = TcpState::closed;
    } else if (state_ >= TcpState::established && state_ < TcpState::closing) {
      state_ = TcpState::closing;
    }
  }
  return event;
}

}  // namespace rampart::sniffer
