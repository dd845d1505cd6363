#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sniffer/event_set.h"

namespace rampart::sniffer {

// What TcpTracker and Reassembler object to. The names are those that rules give to stream-event,
// such as "est_invalid_ack", but that a name cannot begin with a digit: 3whs_ is handshake_ here.
enum class StreamEvent : std::uint8_t {
  // Handshake.
  handshake_right_seq_wrong_ack_evasion,
  handshake_wrong_seq_wrong_ack,
  handshake_synack_in_wrong_direction,
  handshake_synack_with_wrong_ack,
  handshake_synack_resend_with_different_ack,
  handshake_synack_resend_with_diff_seq,
  handshake_synack_toserver_on_syn_recv,
  handshake_syn_resend_diff_seq_on_syn_recv,
  handshake_syn_toclient_on_syn_recv,

  // Established.
  est_packet_out_of_window,
  est_invalid_ack,
  est_pkt_before_last_ack,
  est_synack_resend,
  est_synack_resend_with_different_ack,
  est_synack_resend_with_diff_seq,
  est_synack_toserver,
  est_syn_resend,
  est_syn_resend_diff_seq,
  est_syn_toclient,

  // Closing, with the states of RFC 9293 as the server goes through them.
  fin_but_no_session,
  fin_syn,
  fin_out_of_window,
  fin_invalid_ack,
  fin1_ack_wrong_seq,
  fin1_fin_wrong_seq,
  fin1_invalid_ack,
  fin2_ack_wrong_seq,
  fin2_fin_wrong_seq,
  fin2_invalid_ack,
  closing_ack_wrong_seq,
  closing_invalid_ack,
  closewait_ack_out_of_window,
  closewait_fin_out_of_window,
  closewait_invalid_ack,
  closewait_pkt_before_last_ack,
  lastack_ack_wrong_seq,
  lastack_invalid_ack,
  timewait_ack_wrong_seq,
  timewait_invalid_ack,
  shutdown_syn_resend,

  // Resets.
  rst_but_no_session,
  rst_invalid_ack,
  suspected_rst_inject,

  // Any packet.
  pkt_broken_ack,
  pkt_invalid_ack,
  pkt_invalid_timestamp,
  pkt_retransmission,           // of data, to a side that has said its last
  pkt_spurious_retransmission,  // of what was wholly acknowledged

  // What segments carry.
  reassembly_no_segment,
  reassembly_seq_gap,
  reassembly_overlap_different_data,

  // Rules may ask for these as for any other; no traffic is known that raises them.
  handshake_ack_in_wrong_dir,
  reassembly_segment_before_base_seq,
};
inline constexpr std::size_t kStreamEvents = 53;
using StreamEvents = EventSet<StreamEvent, 1>;
static_assert(kStreamEvents <= 64);

std::string_view to_string(StreamEvent event);  // "3whs_ack_in_wrong_dir"
// Nullopt where nothing raises it.
[[nodiscard]] std::optional<StreamEvent> stream_event_of(std::string_view name);

}  // namespace rampart::sniffer
