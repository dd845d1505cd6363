#include <array>

#include "sniffer/decode/layers.h"

// What stands between an Ethernet type and IP: tags, labels and service headers, one in another.

namespace rampart::sniffer {
namespace {

enum EtherType : std::uint16_t {
  kIpv4 = 0x0800,
  kArp = 0x0806,
  kVlan = 0x8100,
  kIpv6 = 0x86DD,
  kMpls = 0x8847,
  kMplsMulticast = 0x8848,
  kPppoeDiscovery = 0x8863,
  kPppoeSession = 0x8864,
  kEapol = 0x888E,
  kQinQ = 0x88A8,
  kLldp = 0x88CC,
  kBackbone = 0x88E7,    // IEEE 802.1ah
  kFabricPath = 0x8903,  // Cisco
  kVnTag = 0x8926,
  kNsh = 0x894F,
  kOldQinQ = 0x9100,
};
constexpr unsigned kMostLayers = 8;
constexpr unsigned kMostTags = 3;  // that networks are made of; more are a remark
constexpr std::size_t kEthernet = 14;

// The type of what is next, and its bytes.
struct Rest {
  std::uint16_t type;
  Bytes bytes;
};

// Goes behind `size` bytes of a header whose last two are the next type.
Invalid skip(Rest& rest, std::size_t size, DecodeEvent reason, Packet& packet) {
  if (rest.bytes.size() < size)
    return missing(size, rest.bytes.size() + packet.frame_missing, reason, packet);
  rest = {be16(rest.bytes, size - 2), rest.bytes.subspan(size)};
  return Invalid::none;
}

Invalid strip_vlan(Rest& rest, unsigned& tags, Packet& packet) {
  if (++tags > kMostTags) packet.events.add(DecodeEvent::vlan_too_many);
  if (rest.bytes.size() >= 2 && packet.vlan_count < packet.vlans.size())
    packet.vlans[packet.vlan_count++] = be16(rest.bytes, 0) & 0x0FFFU;
  if (const auto end = skip(rest, 4, Invalid::vlan_too_small, packet); end != Invalid::none)
    return end;
  if (!packet.cut && !known_ethertype(rest.type)) packet.events.add(DecodeEvent::vlan_unknown_type);
  return Invalid::none;
}

// RFC 3032: labels up to the one that says it is the last; what follows shows itself. A control
// word before Ethernet begins with four zero bits (RFC 4385).
Invalid strip_mpls(Rest& rest, Packet& packet) {
  constexpr unsigned kRouterAlert = 1, kImplicitNull = 3, kLastReserved = 15;
  constexpr std::size_t kControlWord = 4;
  auto bytes = rest.bytes;
  unsigned label = 0;
  for (unsigned labels = 0; labels < kMostLayers; ++labels) {
    if (bytes.size() < 4)
      return missing(4, bytes.size() + packet.frame_missing, Invalid::mpls_too_small, packet);
    label = be32(bytes, 0) >> 12U;
    const bool last = (bytes[2] & 1U) != 0;
    bytes = bytes.subspan(4);
    if (label == kImplicitNull) return Invalid::mpls_implicit_null;
    if (last) break;
  }
  if (label == kRouterAlert) return Invalid::mpls_router_alert;
  if (label > kImplicitNull && label <= kLastReserved) return Invalid::mpls_reserved_label;
  if (bytes.empty())
    return missing(1, packet.frame_missing, Invalid::mpls_payload_too_small, packet);
  switch (bytes[0] >> 4U) {
    case 4: rest = {kIpv4, bytes}; return Invalid::none;
    case 6: rest = {kIpv6, bytes}; return Invalid::none;
    case 0:
      rest.bytes = bytes;
      return skip(rest, kControlWord + kEthernet, Invalid::mpls_payload_too_small, packet);
    default: return Invalid::mpls_unknown_payload;
  }
}

// RFC 8300: two words at least, whose length field counts words; then what "next protocol" says.
Invalid strip_nsh(Rest& rest, Packet& packet) {
  enum Next : std::uint8_t { kNextIpv4 = 1, kNextIpv6, kNextEthernet, kNextNsh, kNextMpls };
  constexpr std::size_t kLeast = 8;
  const auto bytes = rest.bytes;
  const auto sent = bytes.size() + packet.frame_missing;
  if (bytes.size() < kLeast) return missing(kLeast, sent, Invalid::nsh_too_small, packet);
  if (bytes[0] >> 6U != 0) return Invalid::nsh_version;
  const std::size_t length = (bytes[1] & 0x3FU) * 4U;
  const unsigned metadata = bytes[2] & 0x0FU;
  constexpr std::size_t kFixed = 24;  // of metadata type 1
  if (length < kLeast || (metadata == 1 && length != kFixed)) return Invalid::nsh_header_length;
  if (length > bytes.size()) return missing(length, sent, Invalid::nsh_header_length, packet);
  if (metadata == 0 || metadata == 0x0F) packet.events.add(DecodeEvent::nsh_reserved_type);
  if (metadata > 2 && metadata != 0x0F) packet.events.add(DecodeEvent::nsh_unsupported_type);
  rest.bytes = bytes.subspan(length);
  switch (bytes[3]) {
    case kNextIpv4: rest.type = kIpv4; break;
    case kNextIpv6: rest.type = kIpv6; break;
    case kNextNsh: rest.type = kNsh; break;
    case kNextMpls: rest.type = kMpls; break;
    case kNextEthernet: return skip(rest, kEthernet, Invalid::ethernet_too_small, packet);
    default: return Invalid::nsh_unknown_payload;
  }
  return Invalid::none;
}

bool is_tag(std::uint16_t type) {
  return type == kVlan || type == kQinQ || type == kOldQinQ || type == kMpls ||
         type == kMplsMulticast || type == kBackbone || type == kFabricPath || type == kVnTag ||
         type == kNsh;
}

Invalid strip(Rest& rest, unsigned& tags, Packet& packet) {
  switch (rest.type) {
    case kMpls:
    case kMplsMulticast: return strip_mpls(rest, packet);
    case kNsh: return strip_nsh(rest, packet);
    // The service tag, then the customer's frame.
    case kBackbone: return skip(rest, 4 + kEthernet, Invalid::ieee8021ah_too_small, packet);
    // Two bytes of tree and hops, then the frame that the fabric carries.
    case kFabricPath: return skip(rest, 2 + kEthernet, Invalid::fabricpath_too_small, packet);
    case kVnTag: {
      const auto end = skip(rest, 6, Invalid::vntag_too_small, packet);
      if (end == Invalid::none && !packet.cut && !known_ethertype(rest.type))
        packet.events.add(DecodeEvent::vntag_unknown_type);
      return end;
    }
    default: return strip_vlan(rest, tags, packet);
  }
}

}  // namespace

bool known_ethertype(std::uint16_t type) {
  constexpr std::array kOthers{kIpv4, kIpv6, kArp, kPppoeSession, kPppoeDiscovery, kEapol, kLldp};
  constexpr std::uint16_t kLeastType = 0x0600;  // below it is a length: IEEE 802.3, with LLC
  if (type < kLeastType || is_tag(type)) return true;
  for (const auto other : kOthers)
    if (type == other) return true;
  return false;
}

Invalid decode_ethertype(std::uint16_t type, Bytes bytes, Checksums checksums, Packet& packet) {
  Rest rest{type, bytes};
  unsigned tags = 0;
  for (unsigned layers = 0; is_tag(rest.type); ++layers) {
    if (layers == kMostLayers)
      return tags > kMostTags ? Invalid::vlan_too_many : Invalid::too_many_layers;
    if (const auto end = strip(rest, tags, packet); end != Invalid::none || packet.cut) return end;
  }
  switch (rest.type) {
    case kIpv4: return decode_ipv4(rest.bytes, checksums, packet);
    case kIpv6: return decode_ipv6(rest.bytes, checksums, packet);
    case kPppoeSession: return decode_pppoe(rest.bytes, checksums, packet);
    case kPppoeDiscovery: read_pppoe_discovery(rest.bytes, packet); break;
    default:
      if (!known_ethertype(rest.type)) packet.events.add(DecodeEvent::ethernet_unknown_type);
  }
  return Invalid::none;
}

}  // namespace rampart::sniffer
