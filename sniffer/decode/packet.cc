#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

std::string_view to_string(Invalid reason) {
  switch (reason) {
    case Invalid::none: return "none";
    case Invalid::ethernet_too_small: return "decoder.ethernet.pkt_too_small";
    case Invalid::ppp_too_small: return "decoder.ppp.pkt_too_small";
    case Invalid::pppoe_too_small: return "decoder.pppoe.pkt_too_small";
    case Invalid::mpls_too_small: return "decoder.mpls.header_too_small";
    case Invalid::gre_too_small: return "decoder.gre.pkt_too_small";
    case Invalid::gre_version: return "decoder.gre.wrong_version";
    case Invalid::vlan_too_small: return "decoder.vlan.header_too_small";
    case Invalid::vlan_too_many: return "decoder.vlan.too_many_layers";
    case Invalid::sll_too_small: return "decoder.sll.pkt_too_small";
    case Invalid::loopback_too_small: return "decoder.ltnull.pkt_too_small";
    case Invalid::ip_version: return "decoder.ipraw.invalid_ip_version";
    case Invalid::ipv4_too_small: return "decoder.ipv4.pkt_too_small";
    case Invalid::ipv4_header_length: return "decoder.ipv4.hlen_too_small";
    case Invalid::ipv4_total_length: return "decoder.ipv4.iplen_smaller_than_hlen";
    case Invalid::ipv4_truncated: return "decoder.ipv4.trunc_pkt";
    case Invalid::ipv6_too_small: return "decoder.ipv6.pkt_too_small";
    case Invalid::ipv6_truncated: return "decoder.ipv6.trunc_pkt";
    case Invalid::ipv6_extension_truncated: return "decoder.ipv6.trunc_exthdr";
    case Invalid::ipv6_extension_too_many: return "decoder.ipv6.too_many_exthdr";
    case Invalid::tcp_too_small: return "decoder.tcp.pkt_too_small";
    case Invalid::tcp_header_length: return "decoder.tcp.hlen_too_small";
    case Invalid::tcp_option_length: return "decoder.tcp.invalid_optlen";
    case Invalid::udp_too_small: return "decoder.udp.pkt_too_small";
    case Invalid::udp_length: return "decoder.udp.len_invalid";
    case Invalid::icmp_too_small: return "decoder.icmpv4.pkt_too_small";
    case Invalid::icmp6_too_small: return "decoder.icmpv6.pkt_too_small";
    case Invalid::checksum_ipv4: return "decoder.ipv4.checksum";
    case Invalid::checksum_tcp: return "decoder.tcp.checksum";
    case Invalid::checksum_udp: return "decoder.udp.checksum";
    case Invalid::checksum_icmp: return "decoder.icmp.checksum";
  }
  return "unknown";
}

bool is_checksum(Invalid reason) { return reason >= Invalid::checksum_ipv4; }

}  // namespace rampart::sniffer
