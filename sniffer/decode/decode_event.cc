#include "sniffer/decode/decode_event.h"

#include <array>

namespace rampart::sniffer {
namespace {

using enum DecodeEvent;

constexpr std::string_view kPrefix = "decoder.";

struct Name {
  DecodeEvent event;
  std::string_view text;
};

// In the order of DecodeEvent.
constexpr std::array kNames = std::to_array<Name>({
    {none, "none"},
    {ethernet_too_small, "decoder.ethernet.pkt_too_small"},
    {ethernet_unknown_type, "decoder.ethernet.unknown_ethertype"},
    {hdlc_too_small, "decoder.chdlc.pkt_too_small"},
    {sll_too_small, "decoder.sll.pkt_too_small"},
    {loopback_too_small, "decoder.ltnull.pkt_too_small"},
    {loopback_unknown_family, "decoder.ltnull.unsupported_type"},
    {nflog_malformed, "decoder.nflog.malformed"},
    {ppp_too_small, "decoder.ppp.pkt_too_small"},
    {ppp_vj_too_small, "decoder.ppp.vju_pkt_too_small"},
    {ppp_ipv4_too_small, "decoder.ppp.ip4_pkt_too_small"},
    {ppp_ipv6_too_small, "decoder.ppp.ip6_pkt_too_small"},
    {ppp_wrong_type, "decoder.ppp.wrong_type"},
    {ppp_unsupported, "decoder.ppp.unsup_proto"},
    {pppoe_too_small, "decoder.pppoe.pkt_too_small"},
    {pppoe_wrong_code, "decoder.pppoe.wrong_code"},
    {pppoe_malformed_tags, "decoder.pppoe.malformed_tags"},
    {vlan_too_small, "decoder.vlan.header_too_small"},
    {vlan_unknown_type, "decoder.vlan.unknown_type"},
    {vlan_too_many, "decoder.vlan.too_many_layers"},
    {ieee8021ah_too_small, "decoder.ieee8021ah.header_too_small"},
    {vntag_too_small, "decoder.vntag.header_too_small"},
    {vntag_unknown_type, "decoder.vntag.unknown_type"},
    {fabricpath_too_small, "decoder.dce.pkt_too_small"},
    {mpls_too_small, "decoder.mpls.header_too_small"},
    {mpls_payload_too_small, "decoder.mpls.pkt_too_small"},
    {mpls_router_alert, "decoder.mpls.bad_label_router_alert"},
    {mpls_implicit_null, "decoder.mpls.bad_label_implicit_null"},
    {mpls_reserved_label, "decoder.mpls.bad_label_reserved"},
    {mpls_unknown_payload, "decoder.mpls.unknown_payload_type"},
    {nsh_too_small, "decoder.nsh.header_too_small"},
    {nsh_version, "decoder.nsh.unsupported_version"},
    {nsh_header_length, "decoder.nsh.bad_header_length"},
    {nsh_reserved_type, "decoder.nsh.reserved_type"},
    {nsh_unsupported_type, "decoder.nsh.unsupported_type"},
    {nsh_unknown_payload, "decoder.nsh.unknown_payload"},
    {gre_too_small, "decoder.gre.pkt_too_small"},
    {gre_version, "decoder.gre.wrong_version"},
    {gre0_recursion, "decoder.gre.version0_recur"},
    {gre0_flags, "decoder.gre.version0_flags"},
    {gre0_header_length, "decoder.gre.version0_hdr_too_big"},
    {gre0_source_route, "decoder.gre.version0_malformed_sre_hdr"},
    {gre1_checksum, "decoder.gre.version1_chksum"},
    {gre1_routing, "decoder.gre.version1_route"},
    {gre1_strict_route, "decoder.gre.version1_ssr"},
    {gre1_recursion, "decoder.gre.version1_recur"},
    {gre1_flags, "decoder.gre.version1_flags"},
    {gre1_no_key, "decoder.gre.version1_no_key"},
    {gre1_protocol, "decoder.gre.version1_wrong_protocol"},
    {gre1_header_length, "decoder.gre.version1_hdr_too_big"},
    {erspan_too_small, "decoder.erspan.header_too_small"},
    {erspan_version, "decoder.erspan.unsupported_version"},
    {vxlan_unknown_payload, "decoder.vxlan.unknown_payload_type"},
    {geneve_unknown_payload, "decoder.geneve.unknown_payload_type"},
    {too_many_layers, "decoder.too_many_layers"},
    {ip_version, "decoder.ipraw.invalid_ip_version"},
    {ipv4_too_small, "decoder.ipv4.pkt_too_small"},
    {ipv4_wrong_version, "decoder.ipv4.wrong_ip_version"},
    {ipv4_header_length, "decoder.ipv4.hlen_too_small"},
    {ipv4_total_length, "decoder.ipv4.iplen_smaller_than_hlen"},
    {ipv4_truncated, "decoder.ipv4.trunc_pkt"},
    {ipv4_option_invalid, "decoder.ipv4.opt_invalid"},
    {ipv4_option_length, "decoder.ipv4.opt_invalid_len"},
    {ipv4_option_malformed, "decoder.ipv4.opt_malformed"},
    {ipv4_option_padding, "decoder.ipv4.opt_pad_required"},
    {ipv4_option_no_end, "decoder.ipv4.opt_eol_required"},
    {ipv4_option_duplicate, "decoder.ipv4.opt_duplicate"},
    {ipv4_option_unknown, "decoder.ipv4.opt_unknown"},
    {ipv4_icmp6, "decoder.ipv4.icmpv6"},
    {ipv4_fragments_too_large, "decoder.ipv4.frag_pkt_too_large"},
    {ipv4_fragments_overlap, "decoder.ipv4.frag_overlap"},
    {ipv4_fragment_ignored, "decoder.ipv4.frag_ignored"},
    {ipv6_too_small, "decoder.ipv6.pkt_too_small"},
    {ipv6_wrong_version, "decoder.ipv6.wrong_ip_version"},
    {ipv6_truncated, "decoder.ipv6.trunc_pkt"},
    {ipv6_extension_truncated, "decoder.ipv6.trunc_exthdr"},
    {ipv6_extension_too_many, "decoder.ipv6.too_many_exthdr"},
    {ipv6_useless_fragment, "decoder.ipv6.exthdr_useless_fh"},
    {ipv6_duplicate_fragment, "decoder.ipv6.exthdr_dupl_fh"},
    {ipv6_duplicate_routing, "decoder.ipv6.exthdr_dupl_rh"},
    {ipv6_duplicate_hop_by_hop, "decoder.ipv6.exthdr_dupl_hh"},
    {ipv6_duplicate_destination, "decoder.ipv6.exthdr_dupl_dh"},
    {ipv6_duplicate_authentication, "decoder.ipv6.exthdr_dupl_ah"},
    {ipv6_option_length, "decoder.ipv6.exthdr_invalid_optlen"},
    {ipv6_authentication_reserved, "decoder.ipv6.exthdr_ah_res_not_null"},
    {ipv6_fragment_reserved, "decoder.ipv6.fh_non_zero_reserved_field"},
    {ipv6_hop_by_hop_unknown, "decoder.ipv6.hopopts_unknown_opt"},
    {ipv6_hop_by_hop_padding, "decoder.ipv6.hopopts_only_padding"},
    {ipv6_destination_unknown, "decoder.ipv6.dstopts_unknown_opt"},
    {ipv6_destination_padding, "decoder.ipv6.dstopts_only_padding"},
    {ipv6_routing_type_0, "decoder.ipv6.rh_type_0"},
    {ipv6_empty_padding, "decoder.ipv6.zero_len_padn"},
    {ipv6_data_after_none, "decoder.ipv6.data_after_none_header"},
    {ipv6_unknown_next_header, "decoder.ipv6.unknown_next_header"},
    {ipv6_icmp4, "decoder.ipv6.icmpv4"},
    {ipv6_fragments_too_large, "decoder.ipv6.frag_pkt_too_large"},
    {ipv6_fragments_overlap, "decoder.ipv6.frag_overlap"},
    {ipv6_fragment_ignored, "decoder.ipv6.frag_ignored"},
    {ipv6_fragment_length, "decoder.ipv6.frag_invalid_length"},
    {ipv4_in_ipv6_too_small, "decoder.ipv6.ipv4_in_ipv6_too_small"},
    {ipv4_in_ipv6_version, "decoder.ipv6.ipv4_in_ipv6_wrong_version"},
    {ipv6_in_ipv6_too_small, "decoder.ipv6.ipv6_in_ipv6_too_small"},
    {ipv6_in_ipv6_version, "decoder.ipv6.ipv6_in_ipv6_wrong_version"},
    {tcp_too_small, "decoder.tcp.pkt_too_small"},
    {tcp_header_length, "decoder.tcp.hlen_too_small"},
    {tcp_options_length, "decoder.tcp.invalid_optlen"},
    {tcp_option_length, "decoder.tcp.opt_invalid_len"},
    {tcp_option_duplicate, "decoder.tcp.opt_duplicate"},
    {udp_too_small, "decoder.udp.pkt_too_small"},
    {udp_length, "decoder.udp.len_invalid"},
    {udp_header_too_small, "decoder.udp.hlen_too_small"},
    {sctp_too_small, "decoder.sctp.pkt_too_small"},
    {esp_too_small, "decoder.esp.pkt_too_small"},
    {icmp_too_small, "decoder.icmpv4.pkt_too_small"},
    {icmp_unknown_type, "decoder.icmpv4.unknown_type"},
    {icmp_unknown_code, "decoder.icmpv4.unknown_code"},
    {icmp_inner_truncated, "decoder.icmpv4.ipv4_trunc_pkt"},
    {icmp_inner_version, "decoder.icmpv4.ipv4_unknown_ver"},
    {icmp6_too_small, "decoder.icmpv6.pkt_too_small"},
    {icmp6_unknown_type, "decoder.icmpv6.unknown_type"},
    {icmp6_unknown_code, "decoder.icmpv6.unknown_code"},
    {icmp6_inner_truncated, "decoder.icmpv6.ipv6_trunc_pkt"},
    {icmp6_inner_version, "decoder.icmpv6.ipv6_unknown_version"},
    {icmp6_mld_hop_limit, "decoder.icmpv6.mld_message_with_invalid_hl"},
    {icmp6_unassigned, "decoder.icmpv6.unassigned_type"},
    {icmp6_experimental, "decoder.icmpv6.experimentation_type"},
    {checksum_ipv4, "decoder.ipv4.checksum"},
    {checksum_tcp, "decoder.tcp.checksum"},
    {checksum_udp, "decoder.udp.checksum"},
    {checksum_icmp, "decoder.icmp.checksum"},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (static_cast<std::size_t>(kNames[i].event) != i) return false;
  return true;
}
static_assert(kNames.size() == kDecodeEvents && in_order());

}  // namespace

std::string_view to_string(DecodeEvent event) {
  const auto place = static_cast<std::size_t>(event);
  return place < kNames.size() ? kNames[place].text : std::string_view("unknown");
}

std::optional<DecodeEvent> decode_event_of(std::string_view name) {
  for (const auto& [event, text] : kNames)
    if (text.starts_with(kPrefix) && text.substr(kPrefix.size()) == name) return event;
  return std::nullopt;
}

bool is_checksum(DecodeEvent event) { return event >= checksum_ipv4; }

}  // namespace rampart::sniffer
