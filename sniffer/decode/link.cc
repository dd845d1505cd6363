#include <algorithm>

#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

constexpr std::uint16_t kIpv4 = 0x0800, kIpv6 = 0x86DD;
constexpr std::uint16_t kVlan = 0x8100, kQinQ = 0x88A8, kOldQinQ = 0x9100;
constexpr unsigned kMostTags = 8;

Invalid decode_ethertype(std::uint16_t type, Bytes rest, Checksums checksums, Packet& packet) {
  for (unsigned tags = 0; type == kVlan || type == kQinQ || type == kOldQinQ; ++tags) {
    if (tags == kMostTags) return Invalid::vlan_too_many;
    if (rest.size() < 4)
      return missing(4, rest.size() + packet.frame_missing, Invalid::vlan_too_small, packet);
    if (packet.vlan_count < packet.vlans.size())
      packet.vlans[packet.vlan_count++] = be16(rest, 0) & 0x0FFFU;
    type = be16(rest, 2);
    rest = rest.subspan(4);
  }
  if (type == kIpv4) return decode_ipv4(rest, checksums, packet);
  if (type == kIpv6) return decode_ipv6(rest, checksums, packet);
  return Invalid::none;
}

Invalid decode_ip(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.empty()) return missing(1, packet.frame_missing, Invalid::ip_version, packet);
  switch (bytes[0] >> 4U) {
    case 4: return decode_ipv4(bytes, checksums, packet);
    case 6: return decode_ipv6(bytes, checksums, packet);
    default: return Invalid::ip_version;
  }
}

// The family is written in the byte order of the capturing machine. 2 is IPv4 everywhere; IPv6 is
// 24 (NetBSD, OpenBSD), 28 (FreeBSD) or 30 (macOS), and 10 on Linux.
Invalid decode_bsd_loopback(Bytes frame, Checksums checksums, Packet& packet) {
  if (frame.size() < 4) return missing(4, packet.wire_length, Invalid::loopback_too_small, packet);
  const auto family = std::min(be32(frame, 0), static_cast<std::uint32_t>(frame[0]) |
                                                   static_cast<std::uint32_t>(frame[1]) << 8U |
                                                   static_cast<std::uint32_t>(frame[2]) << 16U |
                                                   static_cast<std::uint32_t>(frame[3]) << 24U);
  const auto rest = frame.subspan(4);
  switch (family) {
    case 2: return decode_ipv4(rest, checksums, packet);
    case 10:
    case 24:
    case 28:
    case 30: return decode_ipv6(rest, checksums, packet);
    default: return Invalid::none;
  }
}

}  // namespace

Invalid decode(LinkType link, Bytes frame, Checksums checksums, Packet& packet) {
  const auto time = packet.time;
  const auto number = packet.number;
  const auto wire_length = packet.wire_length;
  packet = Packet{};
  packet.time = time;
  packet.number = number;
  packet.wire_length = wire_length;
  if (wire_length > frame.size())
    packet.frame_missing = wire_length - static_cast<std::uint32_t>(frame.size());
  switch (link) {
    case LinkType::ethernet:
      if (frame.size() < 14) return missing(14, wire_length, Invalid::ethernet_too_small, packet);
      return decode_ethertype(be16(frame, 12), frame.subspan(14), checksums, packet);
    case LinkType::linux_sll:
      if (frame.size() < 16) return missing(16, wire_length, Invalid::sll_too_small, packet);
      return decode_ethertype(be16(frame, 14), frame.subspan(16), checksums, packet);
    case LinkType::linux_sll2:
      if (frame.size() < 20) return missing(20, wire_length, Invalid::sll_too_small, packet);
      return decode_ethertype(be16(frame, 0), frame.subspan(20), checksums, packet);
    case LinkType::raw_ip: return decode_ip(frame, checksums, packet);
    case LinkType::bsd_loopback: return decode_bsd_loopback(frame, checksums, packet);
  }
  return Invalid::none;
}

}  // namespace rampart::sniffer
