#include "sniffer/flow/stream_event.h"

#include <array>

namespace rampart::sniffer {
namespace {

using enum StreamEvent;

struct Name {
  StreamEvent event;
  std::string_view text;
};

// In the order of StreamEvent.
constexpr std::array kNames = std::to_array<Name>({
    {handshake_right_seq_wrong_ack_evasion, "3whs_right_seq_wrong_ack_evasion"},
    {handshake_wrong_seq_wrong_ack, "3whs_wrong_seq_wrong_ack"},
    {handshake_synack_in_wrong_direction, "3whs_synack_in_wrong_direction"},
    {handshake_synack_with_wrong_ack, "3whs_synack_with_wrong_ack"},
    {handshake_synack_resend_with_different_ack, "3whs_synack_resend_with_different_ack"},
    {handshake_synack_resend_with_diff_seq, "3whs_synack_resend_with_diff_seq"},
    {handshake_synack_toserver_on_syn_recv, "3whs_synack_toserver_on_syn_recv"},
    {handshake_syn_resend_diff_seq_on_syn_recv, "3whs_syn_resend_diff_seq_on_syn_recv"},
    {handshake_syn_toclient_on_syn_recv, "3whs_syn_toclient_on_syn_recv"},
    {est_packet_out_of_window, "est_packet_out_of_window"},
    {est_invalid_ack, "est_invalid_ack"},
    {est_pkt_before_last_ack, "est_pkt_before_last_ack"},
    {est_synack_resend, "est_synack_resend"},
    {est_synack_resend_with_different_ack, "est_synack_resend_with_different_ack"},
    {est_synack_resend_with_diff_seq, "est_synack_resend_with_diff_seq"},
    {est_synack_toserver, "est_synack_toserver"},
    {est_syn_resend, "est_syn_resend"},
    {est_syn_resend_diff_seq, "est_syn_resend_diff_seq"},
    {est_syn_toclient, "est_syn_toclient"},
    {fin_but_no_session, "fin_but_no_session"},
    {fin_syn, "fin_syn"},
    {fin_out_of_window, "fin_out_of_window"},
    {fin_invalid_ack, "fin_invalid_ack"},
    {fin1_ack_wrong_seq, "fin1_ack_wrong_seq"},
    {fin1_fin_wrong_seq, "fin1_fin_wrong_seq"},
    {fin1_invalid_ack, "fin1_invalid_ack"},
    {fin2_ack_wrong_seq, "fin2_ack_wrong_seq"},
    {fin2_fin_wrong_seq, "fin2_fin_wrong_seq"},
    {fin2_invalid_ack, "fin2_invalid_ack"},
    {closing_ack_wrong_seq, "closing_ack_wrong_seq"},
    {closing_invalid_ack, "closing_invalid_ack"},
    {closewait_ack_out_of_window, "closewait_ack_out_of_window"},
    {closewait_fin_out_of_window, "closewait_fin_out_of_window"},
    {closewait_invalid_ack, "closewait_invalid_ack"},
    {closewait_pkt_before_last_ack, "closewait_pkt_before_last_ack"},
    {lastack_ack_wrong_seq, "lastack_ack_wrong_seq"},
    {lastack_invalid_ack, "lastack_invalid_ack"},
    {timewait_ack_wrong_seq, "timewait_ack_wrong_seq"},
    {timewait_invalid_ack, "timewait_invalid_ack"},
    {shutdown_syn_resend, "shutdown_syn_resend"},
    {rst_but_no_session, "rst_but_no_session"},
    {rst_invalid_ack, "rst_invalid_ack"},
    {suspected_rst_inject, "suspected_rst_inject"},
    {pkt_broken_ack, "pkt_broken_ack"},
    {pkt_invalid_ack, "pkt_invalid_ack"},
    {pkt_invalid_timestamp, "pkt_invalid_timestamp"},
    {pkt_retransmission, "pkt_retransmission"},
    {pkt_spurious_retransmission, "pkt_spurious_retransmission"},
    {reassembly_no_segment, "reassembly_no_segment"},
    {reassembly_seq_gap, "reassembly_seq_gap"},
    {reassembly_overlap_different_data, "reassembly_overlap_different_data"},
    {handshake_ack_in_wrong_dir, "3whs_ack_in_wrong_dir"},
    {reassembly_segment_before_base_seq, "reassembly_segment_before_base_seq"},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (static_cast<std::size_t>(kNames[i].event) != i) return false;
  return true;
}
static_assert(kNames.size() == kStreamEvents && in_order());

}  // namespace

std::string_view to_string(StreamEvent event) {
  const auto place = static_cast<std::size_t>(event);
  return place < kNames.size() ? kNames[place].text : std::string_view("unknown");
}

std::optional<StreamEvent> stream_event_of(std::string_view name) {
  for (const auto& [event, text] : kNames)
    if (text == name) return event;
  return std::nullopt;
}

}  // namespace rampart::sniffer
