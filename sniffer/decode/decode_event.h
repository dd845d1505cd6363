#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sniffer/event_set.h"

namespace rampart::sniffer {

// What the decoder objects to. The names are those that rules give to decode-event, such as
// "ipv4.trunc_pkt"; the table in decode_event.cc has them. Some end the packet, because nobody
// could take it apart further or every receiver throws it away: decode() returns those. The others
// are remarks on a packet that goes on.
enum class DecodeEvent : std::uint8_t {
  none,

  // What a frame begins with.
  ethernet_too_small,
  ethernet_unknown_type,
  hdlc_too_small,
  sll_too_small,
  loopback_too_small,
  loopback_unknown_family,
  nflog_malformed,
  ppp_too_small,
  ppp_vj_too_small,
  ppp_ipv4_too_small,
  ppp_ipv6_too_small,
  ppp_wrong_type,
  ppp_unsupported,
  pppoe_too_small,
  pppoe_wrong_code,
  pppoe_malformed_tags,
  vlan_too_small,
  vlan_unknown_type,
  vlan_too_many,
  ieee8021ah_too_small,
  vntag_too_small,
  vntag_unknown_type,
  fabricpath_too_small,
  mpls_too_small,
  mpls_payload_too_small,
  mpls_router_alert,
  mpls_implicit_null,
  mpls_reserved_label,
  mpls_unknown_payload,
  nsh_too_small,
  nsh_version,
  nsh_header_length,
  nsh_reserved_type,
  nsh_unsupported_type,
  nsh_unknown_payload,

  // Tunnels.
  gre_too_small,
  gre_version,
  gre0_recursion,
  gre0_flags,
  gre0_header_length,
  gre0_source_route,
  gre1_checksum,
  gre1_routing,
  gre1_strict_route,
  gre1_recursion,
  gre1_flags,
  gre1_no_key,
  gre1_protocol,
  gre1_header_length,
  erspan_too_small,
  erspan_version,
  vxlan_unknown_payload,
  geneve_unknown_payload,
  too_many_layers,

  // IP.
  ip_version,
  ipv4_too_small,
  ipv4_wrong_version,
  ipv4_header_length,
  ipv4_total_length,
  ipv4_truncated,
  ipv4_option_invalid,
  ipv4_option_length,
  ipv4_option_malformed,
  ipv4_option_padding,
  ipv4_option_no_end,
  ipv4_option_duplicate,
  ipv4_option_unknown,  // rules may ask for it; no packet is known that raises it
  ipv4_icmp6,
  ipv4_fragments_too_large,
  ipv4_fragments_overlap,
  ipv4_fragment_ignored,
  ipv6_too_small,
  ipv6_wrong_version,
  ipv6_truncated,
  ipv6_extension_truncated,
  ipv6_extension_too_many,
  ipv6_useless_fragment,
  ipv6_duplicate_fragment,
  ipv6_duplicate_routing,
  ipv6_duplicate_hop_by_hop,
  ipv6_duplicate_destination,
  ipv6_duplicate_authentication,
  ipv6_option_length,
  ipv6_authentication_reserved,
  ipv6_fragment_reserved,
  ipv6_hop_by_hop_unknown,
  ipv6_hop_by_hop_padding,
  ipv6_destination_unknown,
  ipv6_destination_padding,
  ipv6_routing_type_0,
  ipv6_empty_padding,
  ipv6_data_after_none,
  ipv6_unknown_next_header,
  ipv6_icmp4,
  ipv6_fragments_too_large,
  ipv6_fragments_overlap,
  ipv6_fragment_ignored,
  ipv6_fragment_length,
  ipv4_in_ipv6_too_small,
  ipv4_in_ipv6_version,
  ipv6_in_ipv6_too_small,
  ipv6_in_ipv6_version,

  // What IP carries.
  tcp_too_small,
  tcp_header_length,
  tcp_options_length,
  tcp_option_length,
  tcp_option_duplicate,
  udp_too_small,
  udp_length,
  udp_header_too_small,
  sctp_too_small,
  esp_too_small,
  icmp_too_small,
  icmp_unknown_type,
  icmp_unknown_code,
  icmp_inner_truncated,
  icmp_inner_version,
  icmp6_too_small,
  icmp6_unknown_type,
  icmp6_unknown_code,
  icmp6_inner_truncated,
  icmp6_inner_version,
  icmp6_mld_hop_limit,
  icmp6_unassigned,
  icmp6_experimental,

  // Sums; these stay last.
  checksum_ipv4,
  checksum_tcp,
  checksum_udp,
  checksum_icmp,
};
inline constexpr std::size_t kDecodeEvents = 130;
using DecodeEvents = EventSet<DecodeEvent, (kDecodeEvents + 63) / 64>;

// What decode() returns: the event that ended the packet, none where there is no such.
using Invalid = DecodeEvent;

std::string_view to_string(DecodeEvent event);  // "decoder.tcp.pkt_too_small"
// By its name in rules, without "decoder."; nullopt where the decoder raises no such event.
[[nodiscard]] std::optional<DecodeEvent> decode_event_of(std::string_view name);
[[nodiscard]] bool is_checksum(DecodeEvent event);

}  // namespace rampart::sniffer
