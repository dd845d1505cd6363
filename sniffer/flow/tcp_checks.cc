#include <algorithm>

#include "sniffer/flow/tcp_tracker.h"

// Whether the numbers of a packet fit its connection, and what is remarked where they do not.

namespace rampart::sniffer {

using namespace tcp_flag;

TcpTracker::Phase TcpTracker::phase() const {
  const auto& client = sides_[0];
  const auto& server = sides_[1];
  if (!client.fin && !server.fin) return Phase::established;
  if (!server.fin) return Phase::close_wait;
  const bool acked = client.acked != 0 && !seq_before(client.acked, server.next);
  if (!client.fin) return acked ? Phase::fin_wait2 : Phase::fin_wait1;
  if (!server_ends_first_) return Phase::last_ack;
  return acked ? Phase::time_wait : Phase::closing;
}

struct TcpTracker::PhaseEvents {
  StreamEvent wrong_seq;
  StreamEvent wrong_seq_of_fin;
  StreamEvent wrong_ack;
};

const TcpTracker::PhaseEvents& TcpTracker::events_of(Phase phase) {
  using enum StreamEvent;
  // In the order of Phase.
  static constexpr PhaseEvents kEvents[] = {
      {est_packet_out_of_window, fin_out_of_window, est_invalid_ack},
      {fin1_ack_wrong_seq, fin1_fin_wrong_seq, fin1_invalid_ack},
      {fin2_ack_wrong_seq, fin2_fin_wrong_seq, fin2_invalid_ack},
      {closing_ack_wrong_seq, closing_ack_wrong_seq, closing_invalid_ack},
      {closewait_ack_out_of_window, closewait_fin_out_of_window, closewait_invalid_ack},
      {lastack_ack_wrong_seq, lastack_ack_wrong_seq, lastack_invalid_ack},
      {timewait_ack_wrong_seq, timewait_ack_wrong_seq, timewait_invalid_ack}};
  return kEvents[static_cast<std::size_t>(phase)];
}

void TcpTracker::remark_seq(const Packet& packet, bool to_server, TcpEvent& event) const {
  if (state_ == TcpState::syn_received) {
    if (to_server && packet.has(kAck) && !ack_fits(packet, to_server))
      event.remarks.add(StreamEvent::handshake_wrong_seq_wrong_ack);
    return;
  }
  if (state_ < TcpState::established) return;
  const auto& events = events_of(phase());
  event.remarks.add(packet.has(kFin) ? events.wrong_seq_of_fin : events.wrong_seq);
}

void TcpTracker::remark_ack(const Packet& packet, bool to_server, TcpEvent& event) const {
  if (state_ == TcpState::syn_received && to_server) {
    event.remarks.add(packet.seq == sides_[0].next
                          ? StreamEvent::handshake_right_seq_wrong_ack_evasion
                          : StreamEvent::handshake_wrong_seq_wrong_ack);
    return;
  }
  event.remarks.add(StreamEvent::pkt_invalid_ack);
  if (state_ < TcpState::established) return;
  const auto now = phase();
  event.remarks.add(now == Phase::established && packet.has(kFin) ? StreamEvent::fin_invalid_ack
                                                                  : events_of(now).wrong_ack);
}

// RFC 5961, section 5.2: nothing that was not sent, nothing older than a window. What the other
// side may have sent, unseen by the capture, reaches to the end of the window that it was given.
bool TcpTracker::ack_fits(const Packet& packet, bool to_server) const {
  if (!packet.has(kAck)) return true;
  const auto& mine = sides_[to_server ? 0 : 1];
  const auto& peer = sides_[to_server ? 1 : 0];
  if (!peer.seen) return true;
  constexpr std::uint32_t kLeastAge = 65535, kMost = std::uint32_t{1} << 30U;
  const auto window = std::min(mine.window, kMost);
  const auto acked = mine.acked != 0 ? mine.acked : peer.isn + 1;
  if (state_ == TcpState::syn_received && to_server)
    return seq_before(peer.isn, packet.ack) && !seq_before(peer.next, packet.ack);
  const auto ahead = seq_distance(peer.next, packet.ack);
  if (ahead > 0 && seq_distance(acked + window, packet.ack) > 0) return false;
  return seq_distance(packet.ack, acked) <=
         static_cast<std::int32_t>(std::max({window, kLeastAge, std::min(peer.window, kMost)}));
}

bool TcpTracker::timestamp_fits(const Packet& packet, bool to_server) const {
  if (!packet.timestamped) return true;
  const auto& mine = sides_[to_server ? 0 : 1];
  const auto& peer = sides_[to_server ? 1 : 0];
  // The answer to a SYN echoes one of those that were sent, or nothing.
  if (state_ == TcpState::syn_sent)
    return to_server || !packet.has(kAck) || !peer.timestamped || packet.timestamp_echo == 0 ||
           (!seq_before(packet.timestamp_echo, syn_timestamp_) &&
            !seq_before(peer.timestamp, packet.timestamp_echo));
  // RFC 7323, sections 3.2, 5.2 and 5.5: where both agreed to them, not of resets, nor after 24
  // days of silence.
  constexpr auto kOld = std::chrono::hours(24 * 24);
  if (timestamps_refused_ || !mine.timestamped || !peer.timestamped || packet.has(kRst) ||
      packet.has(kSyn))
    return true;
  return seq_distance(packet.timestamp, mine.timestamp) <= 1 ||
         packet.time - mine.timestamp_at > kOld;
}

// Only of segments that begin at or before what was acknowledged: of those behind a hole the
// receiver remembers nothing.
void TcpTracker::take_timestamp(const Packet& packet, TcpSide& mine, const TcpSide& peer) {
  if (!packet.timestamped || (peer.acked != 0 && seq_before(peer.acked, packet.seq))) return;
  if (mine.timestamped && seq_before(packet.timestamp, mine.timestamp)) return;
  mine.timestamped = true;
  mine.timestamp = packet.timestamp;
  mine.timestamp_at = packet.time;
}

}  // namespace rampart::sniffer
