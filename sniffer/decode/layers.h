#pragma once

#include <cstddef>

#include "sniffer/decode/decode.h"

// The steps behind decode(), one per layer. `bytes` begins at the layer's header.

namespace rampart::sniffer {

// Offsets must have been checked against the size.
inline std::uint16_t be16(Bytes b, std::size_t at) {
  return static_cast<std::uint16_t>(b[at] << 8U | b[at + 1]);
}
inline std::uint32_t be32(Bytes b, std::size_t at) {
  return static_cast<std::uint32_t>(be16(b, at)) << 16U | be16(b, at + 2);
}

// Why less than `needed` bytes of a header were captured: the sender sent no more, which is
// `reason`, or snaplen cut them off, which is no fault of the packet and only marks it.
inline Invalid missing(std::size_t needed, std::size_t sent, Invalid reason, Packet& packet) {
  if (sent < needed) return reason;
  packet.cut = true;
  return Invalid::none;
}

// An Ethernet type that decode_ethertype() understands, or leaves alone knowingly.
[[nodiscard]] bool known_ethertype(std::uint16_t type);
// From what stands behind an Ethernet type on: any number of tags and labels, then IP.
Invalid decode_ethertype(std::uint16_t type, Bytes rest, Checksums checksums, Packet& packet);
// Behind the type of a PPPoE session; RFC 2516, section 4.
Invalid decode_pppoe(Bytes bytes, Checksums checksums, Packet& packet);
void read_pppoe_discovery(Bytes bytes, Packet& packet);
Invalid decode_ppp(Bytes bytes, Checksums checksums, Packet& packet);
// By the version that the first byte has.
Invalid decode_ip(Bytes bytes, Checksums checksums, Packet& packet);
Invalid decode_ipv4(Bytes bytes, Checksums checksums, Packet& packet);
Invalid decode_ipv6(Bytes bytes, Checksums checksums, Packet& packet);
// The options of an IPv4 header (RFC 791), and those of a hop-by-hop or destination options header
// (RFC 8200, section 4.2) without its first two bytes.
Invalid read_ipv4_options(Bytes options, Packet& packet);
void read_ipv6_options(Bytes options, bool hop_by_hop, Packet& packet);
// `size` is the length of the segment on the wire; bytes may be shorter where packet.cut is set.
Invalid decode_transport(Bytes bytes, std::uint32_t size, Checksums checksums, Packet& packet);

// Types, codes and what an error quotes. `body` begins at the type; what can be read is read.
void read_icmp_events(Bytes body, Packet& packet);
void read_icmp6_events(Bytes body, Packet& packet);

// Sets packet.inner where the IP datagram is a tunnel's. `bytes` and `size` as above.
Invalid find_inner(Bytes bytes, std::uint32_t size, Packet& packet);
// The same for a UDP datagram: VXLAN (RFC 7348), Geneve (RFC 8926), Teredo (RFC 4380).
void find_inner_of_datagram(Packet& packet);

// RFC 1071: the ones' complement sum of big-endian words, folded to 16 bits, not inverted. A
// buffer with its own checksum in place sums to 0xffff.
[[nodiscard]] std::uint16_t internet_sum(Bytes bytes, std::uint32_t start = 0);

}  // namespace rampart::sniffer
