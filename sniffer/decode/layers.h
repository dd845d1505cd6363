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

Invalid decode_ipv4(Bytes bytes, Checksums checksums, Packet& packet);
Invalid decode_ipv6(Bytes bytes, Checksums checksums, Packet& packet);
// `size` is the length of the segment on the wire; bytes may be shorter where packet.cut is set.
Invalid decode_transport(Bytes bytes, std::uint32_t size, Checksums checksums, Packet& packet);

// Sets packet.inner where the IP datagram is a tunnel's. `bytes` and `size` as above.
Invalid find_inner(Bytes bytes, std::uint32_t size, Packet& packet);
// The same for a UDP datagram (RFC 7348).
void find_vxlan(Packet& packet);

// RFC 1071: the ones' complement sum of big-endian words, folded to 16 bits, not inverted. A
// buffer with its own checksum in place sums to 0xffff.
[[nodiscard]] std::uint16_t internet_sum(Bytes bytes, std::uint32_t start = 0);

}  // namespace rampart::sniffer
