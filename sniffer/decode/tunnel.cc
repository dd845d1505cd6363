#include <optional>

#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

enum EtherType : std::uint16_t {
  kIpv4 = 0x0800,
  kIpv6 = 0x86DD,
  kTransparentBridging = 0x6558,
  kPpp = 0x880B,
  kErspan = 0x88BE,
  kErspan3 = 0x22EB,
};

void carries(LinkType link, Bytes bytes, Packet& packet) {
  packet.inner = bytes;
  packet.inner_link = link;
}

// GRE's first word: RFC 1701, 2784 and 2890; version 1 is PPTP's, RFC 2637 section 4.1.
enum GreFlag : std::uint16_t {
  kChecksum = 0x8000,
  kRouting = 0x4000,
  kKey = 0x2000,
  kSequence = 0x1000,
  kStrictRoute = 0x0800,
  kRecursion = 0x0700,
  kAcknowledgment = 0x0080,  // of version 1
  kFlags0 = 0x00F8,
  kFlags1 = 0x0078,
  kVersion = 0x0007,
};

DecodeEvent wrong_with_gre(std::uint16_t flags, std::uint16_t type) {
  switch (flags & kVersion) {
    case 0:
      if ((flags & kRecursion) != 0) return DecodeEvent::gre0_recursion;
      if ((flags & kFlags0) != 0) return DecodeEvent::gre0_flags;
      return DecodeEvent::none;
    case 1:
      if ((flags & kChecksum) != 0) return DecodeEvent::gre1_checksum;
      if ((flags & kRouting) != 0) return DecodeEvent::gre1_routing;
      if ((flags & kStrictRoute) != 0) return DecodeEvent::gre1_strict_route;
      if ((flags & kRecursion) != 0) return DecodeEvent::gre1_recursion;
      if ((flags & kFlags1) != 0) return DecodeEvent::gre1_flags;
      if (type != kPpp) return DecodeEvent::gre1_protocol;
      if ((flags & kKey) == 0) return DecodeEvent::gre1_no_key;
      return DecodeEvent::none;
    default: return DecodeEvent::gre_version;
  }
}

// RFC 1701: source route entries up to an empty one. None where they do not end in `bytes`.
std::optional<std::size_t> source_route_size(Bytes bytes) {
  constexpr std::size_t kEntry = 4;
  for (std::size_t at = 0; at + kEntry <= bytes.size();) {
    const std::size_t length = bytes[at + 3];
    at += kEntry + length;
    if (length == 0) return at;
  }
  return std::nullopt;
}

// draft-foschiano-erspan, section 4: type I is Ethernet behind a GRE header without anything, type
// II has a sequence number there and eight bytes of its own, type III (another Ethernet type)
// twelve, and eight more where its last bit says so.
Invalid decode_erspan(std::uint16_t type, bool numbered, Bytes bytes, std::size_t sent,
                      Packet& packet) {
  if (type == kErspan && !numbered) {
    carries(LinkType::ethernet, bytes, packet);
    return Invalid::none;
  }
  std::size_t header = type == kErspan ? 8 : 12;
  if (bytes.size() < header) return missing(header, sent, Invalid::erspan_too_small, packet);
  if (bytes[0] >> 4U != (type == kErspan ? 1U : 2U)) return Invalid::erspan_version;
  if (type == kErspan3 && (bytes[11] & 1U) != 0) header += 8;
  if (bytes.size() < header) return missing(header, sent, Invalid::erspan_too_small, packet);
  carries(LinkType::ethernet, bytes.subspan(header), packet);
  return Invalid::none;
}

Invalid decode_gre(Bytes bytes, std::uint32_t size, Packet& packet) {
  if (bytes.size() < 4) return missing(4, size, Invalid::gre_too_small, packet);
  const auto flags = be16(bytes, 0);
  const auto type = be16(bytes, 2);
  const bool first_version = (flags & kVersion) == 1;
  if (const auto wrong = wrong_with_gre(flags, type); wrong != DecodeEvent::none) return wrong;
  std::size_t header = 4;
  if ((flags & (kChecksum | kRouting)) != 0) header += 4;
  if ((flags & kKey) != 0) header += 4;
  if ((flags & kSequence) != 0) header += 4;
  if (first_version && (flags & kAcknowledgment) != 0) header += 4;
  const auto too_long = first_version ? Invalid::gre1_header_length : Invalid::gre0_header_length;
  if (bytes.size() < header) return missing(header, size, too_long, packet);
  if ((flags & kRouting) != 0) {
    const auto route = source_route_size(bytes.subspan(header));
    if (!route || header + *route > bytes.size())
      return missing(bytes.size() + 1, size, Invalid::gre0_source_route, packet);
    header += *route;
  }
  const auto rest = bytes.subspan(header);
  switch (type) {
    case kIpv4:
    case kIpv6: carries(LinkType::raw_ip, rest, packet); break;
    case kTransparentBridging: carries(LinkType::ethernet, rest, packet); break;
    case kPpp: carries(LinkType::ppp, rest, packet); break;
    case kErspan:
    case kErspan3:
      return decode_erspan(type, (flags & kSequence) != 0, rest, size - header, packet);
    default: break;
  }
  return Invalid::none;
}

// IP in IPv6 (RFC 2473): what does not begin as it should is not opened.
DecodeEvent wrong_in_ipv6(Bytes bytes, std::uint32_t size, bool ipv4) {
  const std::size_t least = ipv4 ? 20 : 40;
  if (size < least)
    return ipv4 ? DecodeEvent::ipv4_in_ipv6_too_small : DecodeEvent::ipv6_in_ipv6_too_small;
  if (bytes[0] >> 4U != (ipv4 ? 4U : 6U))
    return ipv4 ? DecodeEvent::ipv4_in_ipv6_version : DecodeEvent::ipv6_in_ipv6_version;
  return DecodeEvent::none;
}

}  // namespace

Invalid find_inner(Bytes bytes, std::uint32_t size, Packet& packet) {
  constexpr std::uint8_t kIpInIp = 4, kIpv6InIp = 41, kGre = 47;
  if (packet.proto == kGre) return decode_gre(bytes, size, packet);
  if ((packet.proto != kIpInIp && packet.proto != kIpv6InIp) || bytes.empty()) return Invalid::none;
  if (packet.ip_version == 6)
    if (const auto wrong = wrong_in_ipv6(bytes, size, packet.proto == kIpInIp);
        wrong != DecodeEvent::none) {
      packet.events.add(wrong);
      return Invalid::none;
    }
  carries(LinkType::raw_ip, bytes, packet);
  return Invalid::none;
}

namespace {

void find_vxlan(Bytes bytes, Packet& packet) {
  constexpr std::uint8_t kIdentifierIsValid = 0x08;
  constexpr std::size_t kHeader = 8, kEthernet = 14;
  if (bytes.size() < kHeader + kEthernet || (bytes[0] & kIdentifierIsValid) == 0) return;
  const auto frame = bytes.subspan(kHeader);
  if (!known_ethertype(be16(frame, 12)))
    packet.events.add(DecodeEvent::vxlan_unknown_payload);
  else
    carries(LinkType::ethernet, frame, packet);
}

void find_geneve(Bytes bytes, Packet& packet) {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader || bytes[0] >> 6U != 0) return;
  const auto header = kHeader + (bytes[0] & 0x3FU) * 4U;
  if (bytes.size() <= header) return;
  const auto rest = bytes.subspan(header);
  switch (be16(bytes, 2)) {
    case kIpv4:
    case kIpv6: carries(LinkType::raw_ip, rest, packet); break;
    case kTransparentBridging: carries(LinkType::ethernet, rest, packet); break;
    default: packet.events.add(DecodeEvent::geneve_unknown_payload);
  }
}

// Any port may speak it, so the datagram must be IPv6 to the byte, behind the two indications that
// may come first.
void find_teredo(Bytes bytes, Packet& packet) {
  constexpr std::uint16_t kOrigin = 0x0000, kAuthentication = 0x0001;
  constexpr std::size_t kOriginSize = 8, kFixedAuthentication = 13, kIpv6Header = 40;
  if (bytes.size() >= kFixedAuthentication && be16(bytes, 0) == kAuthentication) {
    const auto size = kFixedAuthentication + bytes[2] + bytes[3];
    if (bytes.size() < size) return;
    bytes = bytes.subspan(size);
  }
  if (bytes.size() >= kOriginSize && be16(bytes, 0) == kOrigin) bytes = bytes.subspan(kOriginSize);
  if (bytes.size() >= kIpv6Header && bytes[0] >> 4U == 6 &&
      bytes.size() == kIpv6Header + be16(bytes, 4))
    carries(LinkType::raw_ip, bytes, packet);
}

}  // namespace

void find_inner_of_datagram(Packet& packet) {
  constexpr std::uint16_t kVxlanPort = 4789, kGenevePort = 6081, kTeredoPort = 3544;
  if (packet.destination_port == kVxlanPort)
    find_vxlan(packet.payload, packet);
  else if (packet.destination_port == kGenevePort)
    find_geneve(packet.payload, packet);
  else if (packet.destination_port == kTeredoPort || packet.source_port == kTeredoPort)
    find_teredo(packet.payload, packet);
}

}  // namespace rampart::sniffer
