#include <algorithm>
#include <cstring>

#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

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
    default: packet.events.add(DecodeEvent::loopback_unknown_family); return Invalid::none;
  }
}

// Address, control, Ethernet type.
Invalid decode_cisco_hdlc(Bytes frame, Checksums checksums, Packet& packet) {
  if (frame.size() < 4) return missing(4, packet.wire_length, Invalid::hdlc_too_small, packet);
  return decode_ethertype(be16(frame, 2), frame.subspan(4), checksums, packet);
}

// Family, version, resource, then attributes: length and type in the byte order of the host that
// captured, the value, and padding to four bytes. The one of type 9 is the packet.
Invalid decode_nflog(Bytes frame, Checksums checksums, Packet& packet) {
  constexpr std::uint16_t kPayload = 9;
  constexpr std::size_t kHeader = 4;
  const auto host16 = [&](std::size_t at) {
    std::uint16_t value = 0;
    std::memcpy(&value, frame.data() + at, sizeof value);
    return value;
  };
  for (std::size_t at = kHeader; at + kHeader <= frame.size();) {
    const std::size_t length = host16(at);
    if (length < kHeader) return Invalid::nflog_malformed;
    if (host16(at + 2) == kPayload) {
      const auto end = std::min(at + length, frame.size());
      return decode_ip(frame.subspan(at + kHeader, end - at - kHeader), checksums, packet);
    }
    at += (length + 3) / 4 * 4;
  }
  return missing(frame.size() + 1, packet.wire_length, Invalid::nflog_malformed, packet);
}

Invalid decode_link(LinkType link, Bytes frame, Checksums checksums, Packet& packet) {
  const auto sent = packet.wire_length;
  switch (link) {
    case LinkType::ethernet:
      if (frame.size() < 14) return missing(14, sent, Invalid::ethernet_too_small, packet);
      return decode_ethertype(be16(frame, 12), frame.subspan(14), checksums, packet);
    case LinkType::linux_sll:
      if (frame.size() < 16) return missing(16, sent, Invalid::sll_too_small, packet);
      return decode_ethertype(be16(frame, 14), frame.subspan(16), checksums, packet);
    case LinkType::linux_sll2:
      if (frame.size() < 20) return missing(20, sent, Invalid::sll_too_small, packet);
      return decode_ethertype(be16(frame, 0), frame.subspan(20), checksums, packet);
    case LinkType::raw_ip: return decode_ip(frame, checksums, packet);
    case LinkType::bsd_loopback: return decode_bsd_loopback(frame, checksums, packet);
    case LinkType::ppp: return decode_ppp(frame, checksums, packet);
    case LinkType::cisco_hdlc: return decode_cisco_hdlc(frame, checksums, packet);
    case LinkType::nflog: return decode_nflog(frame, checksums, packet);
  }
  return Invalid::none;
}

}  // namespace

Invalid decode_ip(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.empty()) return missing(1, packet.frame_missing, Invalid::ip_version, packet);
  switch (bytes[0] >> 4U) {
    case 4: return decode_ipv4(bytes, checksums, packet);
    case 6: return decode_ipv6(bytes, checksums, packet);
    default: return Invalid::ip_version;
  }
}

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
  const auto end = decode_link(link, frame, checksums, packet);
  if (end != Invalid::none) packet.events.add(end);
  return end;
}

}  // namespace rampart::sniffer
