#include <algorithm>

#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

constexpr std::uint16_t kIpv4 = 0x0800, kIpv6 = 0x86DD;
constexpr std::uint16_t kVlan = 0x8100, kQinQ = 0x88A8, kOldQinQ = 0x9100;
constexpr std::uint16_t kPppoeSession = 0x8864, kMpls = 0x8847, kMplsMulticast = 0x8848;
constexpr unsigned kMostTags = 8;

Invalid decode_ip(Bytes bytes, Checksums checksums, Packet& packet);

// The protocol field may be one byte where it was agreed so: then it is odd (RFC 1661 section 2).
Invalid decode_ppp(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.size() >= 2 && bytes[0] == 0xFF && bytes[1] == 0x03) bytes = bytes.subspan(2);
  const std::size_t size = !bytes.empty() && (bytes[0] & 1U) != 0 ? 1 : 2;
  if (bytes.size() < size)
    return missing(size, bytes.size() + packet.frame_missing, Invalid::ppp_too_small, packet);
  const unsigned protocol = size == 1 ? bytes[0] : be16(bytes, 0);
  constexpr unsigned kPppIpv4 = 0x21, kPppIpv6 = 0x57;
  if (protocol == kPppIpv4) return decode_ipv4(bytes.subspan(size), checksums, packet);
  if (protocol == kPppIpv6) return decode_ipv6(bytes.subspan(size), checksums, packet);
  return Invalid::none;
}

// RFC 2516, section 4: six bytes of header, then PPP.
Invalid decode_pppoe(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.size() < 6)
    return missing(6, bytes.size() + packet.frame_missing, Invalid::pppoe_too_small, packet);
  return decode_ppp(bytes.subspan(6), checksums, packet);
}

// RFC 3032: labels up to the one that says it is the last; what follows shows itself.
Invalid decode_mpls(Bytes bytes, Checksums checksums, Packet& packet) {
  for (unsigned labels = 0; labels < kMostTags; ++labels) {
    if (bytes.size() < 4)
      return missing(4, bytes.size() + packet.frame_missing, Invalid::mpls_too_small, packet);
    const bool last = (bytes[2] & 1U) != 0;
    bytes = bytes.subspan(4);
    if (last) break;
  }
  const unsigned version = bytes.empty() ? 0 : bytes[0] >> 4U;
  return version == 4 || version == 6 ? decode_ip(bytes, checksums, packet) : Invalid::none;
}

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
  if (type == kPppoeSession) return decode_pppoe(rest, checksums, packet);
  if (type == kMpls || type == kMplsMulticast) return decode_mpls(rest, checksums, packet);
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
    case LinkType::ppp: return decode_ppp(frame, checksums, packet);
  }
  return Invalid::none;
}

}  // namespace rampart::sniffer
