#include <algorithm>

#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kIpv6Header = 40;
constexpr unsigned kMostExtensions = 16;

enum Extension : std::uint8_t {
  kHopByHop = 0,
  kRouting = 43,
  kFragment = 44,
  kEsp = 50,
  kAuthentication = 51,
  kNoNext = 59,
  kDestination = 60,
  kMobility = 135,
};

// The bytes that belong to the datagram: frames are padded on the wire and cut by snaplen. False
// where bytes are missing although the capture says that it took the whole frame.
bool clip(Bytes& bytes, std::size_t length, std::size_t frame_missing, Packet& packet) {
  if (length <= bytes.size()) {
    bytes = bytes.first(length);
    return true;
  }
  packet.cut = true;
  return length - bytes.size() <= frame_missing;
}

}  // namespace

Invalid decode_ipv4(Bytes bytes, Checksums checksums, Packet& packet) {
  const std::size_t sent = bytes.size() + packet.frame_missing;
  if (bytes.size() < 20) return missing(20, sent, Invalid::ipv4_too_small, packet);
  if (bytes[0] >> 4U != 4) return Invalid::ipv4_wrong_version;
  const std::size_t header = (bytes[0] & 0x0FU) * 4U;
  if (header < 20) return Invalid::ipv4_header_length;
  const std::uint16_t total = be16(bytes, 2);
  if (total < header) return Invalid::ipv4_total_length;
  if (header > bytes.size()) return missing(header, sent, Invalid::ipv4_header_length, packet);
  if (checksums == Checksums::verify && internet_sum(bytes.first(header)) != 0xFFFF)
    return Invalid::checksum_ipv4;
  packet.ip_version = 4;
  packet.ip_header = bytes.first(header);
  packet.ip_id = be16(bytes, 4);
  packet.fragment_bits = static_cast<std::uint8_t>(bytes[6] >> 5U);
  packet.ttl = bytes[8];
  packet.proto = bytes[9];
  packet.source = base::IpAddress::from_bytes(bytes.subspan<12, 4>());
  packet.destination = base::IpAddress::from_bytes(bytes.subspan<16, 4>());
  if (header > 20)
    if (const auto end = read_ipv4_options(bytes.subspan(20, header - 20), packet);
        end != Invalid::none)
      return end;
  if (!clip(bytes, total, packet.frame_missing, packet)) return Invalid::ipv4_truncated;
  constexpr std::uint16_t kMoreFragments = 0x2000, kOffset = 0x1FFF;
  if (const auto field = be16(bytes, 6); (field & (kMoreFragments | kOffset)) != 0) {
    packet.fragment = true;
    packet.more_fragments = (field & kMoreFragments) != 0;
    packet.fragment_offset = static_cast<std::uint16_t>((field & kOffset) * 8U);
    packet.fragment_id = packet.ip_id;
    packet.payload = bytes.subspan(header);
    packet.payload_size = static_cast<std::uint32_t>(total - header);
    return Invalid::none;
  }
  return decode_transport(bytes.subspan(header), static_cast<std::uint32_t>(total - header),
                          checksums, packet);
}

namespace {

// What the extension headers of a packet have been so far.
struct Extensions {
  unsigned count = 0;
  bool hop_by_hop = false, routing = false, fragment = false, authentication = false;
  unsigned destination = 0;  // one for the routers of a route, one for its end: RFC 8200, 4.1
};

// Says `event` where the header was there already.
void once(bool& seen, DecodeEvent event, Packet& packet) {
  if (seen) packet.events.add(event);
  seen = true;
}

// Remarks on the whole header `bytes`.
void read_extension(std::uint8_t kind, Bytes bytes, Extensions& seen, Packet& packet) {
  switch (kind) {
    case kHopByHop:
      once(seen.hop_by_hop, DecodeEvent::ipv6_duplicate_hop_by_hop, packet);
      read_ipv6_options(bytes.subspan(2), true, packet);
      break;
    case kDestination:
      if (++seen.destination > 2) packet.events.add(DecodeEvent::ipv6_duplicate_destination);
      read_ipv6_options(bytes.subspan(2), false, packet);
      break;
    case kRouting:
      once(seen.routing, DecodeEvent::ipv6_duplicate_routing, packet);
      if (bytes[2] == 0) packet.events.add(DecodeEvent::ipv6_routing_type_0);  // RFC 5095
      break;
    case kAuthentication:
      once(seen.authentication, DecodeEvent::ipv6_duplicate_authentication, packet);
      if (be16(bytes, 2) != 0) packet.events.add(DecodeEvent::ipv6_authentication_reserved);
      break;
    case kFragment:
      once(seen.fragment, DecodeEvent::ipv6_duplicate_fragment, packet);
      if (bytes[1] != 0) packet.events.add(DecodeEvent::ipv6_fragment_reserved);
      break;
    default: break;
  }
}

// True where the header says that the packet is a part of a datagram. Offset 0 without more
// fragments is a whole one: an atomic fragment, RFC 6946.
bool read_fragment(Bytes bytes, std::size_t length, Packet& packet) {
  const auto field = be16(bytes, 2);
  if ((field & 0xFFF9U) == 0) {
    packet.events.add(DecodeEvent::ipv6_useless_fragment);
    return false;
  }
  packet.proto = bytes[0];
  packet.fragment = true;
  packet.more_fragments = (field & 1U) != 0;
  packet.fragment_offset = field & 0xFFF8U;
  packet.fragment_id = be32(bytes, 4);
  packet.payload = bytes.subspan(8);
  packet.payload_size = static_cast<std::uint32_t>(length - 8);
  return true;
}

// Of an extension header that begins with `bytes`, at least two; 0 where `kind` is none.
std::size_t extension_size(std::uint8_t kind, Bytes bytes) {
  switch (kind) {
    case kHopByHop:
    case kRouting:
    case kDestination:
    case kMobility: return (bytes[1] + 1U) * 8U;
    case kAuthentication: return (bytes[1] + 2U) * 4U;
    case kFragment: return 8;
    default: return 0;
  }
}

bool is_extension(std::uint8_t kind) {
  return kind == kHopByHop || kind == kRouting || kind == kDestination || kind == kMobility ||
         kind == kAuthentication || kind == kFragment;
}

Invalid decode_ipv6_upper(std::uint8_t next, Bytes bytes, std::size_t length, Checksums checksums,
                          Packet& packet) {
  packet.proto = next;
  if (next == kNoNext) {
    if (length != 0) packet.events.add(DecodeEvent::ipv6_data_after_none);
    return Invalid::none;
  }
  constexpr std::uint8_t kFirstUnassigned = 148;  // of IANA's protocol numbers
  if (next >= kFirstUnassigned) packet.events.add(DecodeEvent::ipv6_unknown_next_header);
  if (next == kEsp && length < 8) return Invalid::esp_too_small;
  if (next == kEsp) return Invalid::none;
  return decode_transport(bytes, static_cast<std::uint32_t>(length), checksums, packet);
}

// From the header that follows the fixed one; `length` is that of all that does on the wire.
Invalid decode_ipv6_payload(std::uint8_t next, Bytes bytes, std::size_t length, Checksums checksums,
                            Packet& packet) {
  Extensions seen;
  for (; is_extension(next); ++seen.count) {
    if (bytes.size() < 8) return missing(8, length, Invalid::ipv6_extension_truncated, packet);
    const auto size = extension_size(next, bytes);
    if (seen.count == kMostExtensions) return Invalid::ipv6_extension_too_many;
    if (size > bytes.size())
      return missing(size, length, Invalid::ipv6_extension_truncated, packet);
    read_extension(next, bytes.first(size), seen, packet);
    if (next == kFragment && read_fragment(bytes, length, packet)) return Invalid::none;
    next = bytes[0];
    bytes = bytes.subspan(size);
    length -= size;
  }
  // After extension headers two bytes are the least that any header is known by.
  if (seen.count != 0 && next != kNoNext && bytes.size() < 2)
    return missing(2, length, Invalid::ipv6_extension_truncated, packet);
  return decode_ipv6_upper(next, bytes, length, checksums, packet);
}

}  // namespace

Invalid decode_ipv6(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.size() < kIpv6Header)
    return missing(kIpv6Header, bytes.size() + packet.frame_missing, Invalid::ipv6_too_small,
                   packet);
  if (bytes[0] >> 4U != 6) return Invalid::ipv6_wrong_version;
  packet.ip_version = 6;
  packet.ip_header = bytes.first(kIpv6Header);
  packet.ttl = bytes[7];
  packet.source = base::IpAddress::from_bytes(bytes.subspan<8, 16>());
  packet.destination = base::IpAddress::from_bytes(bytes.subspan<24, 16>());
  const std::size_t length = be16(bytes, 4);
  const std::uint8_t next = bytes[6];
  bytes = bytes.subspan(kIpv6Header);
  if (!clip(bytes, length, packet.frame_missing, packet)) return Invalid::ipv6_truncated;
  return decode_ipv6_payload(next, bytes, length, checksums, packet);
}

Invalid decode_datagram(Bytes bytes, Checksums checksums, Packet& packet) {
  packet.fragment = packet.more_fragments = false;
  packet.rebuilt = true;
  packet.fragment_bits &= static_cast<std::uint8_t>(~1U);
  packet.fragment_offset = 0;
  packet.payload = {};
  packet.payload_size = 0;
  const auto end =
      packet.ip_version == 6
          ? decode_ipv6_payload(packet.proto, bytes, bytes.size(), checksums, packet)
          : decode_transport(bytes, static_cast<std::uint32_t>(bytes.size()), checksums, packet);
  if (end != Invalid::none) packet.events.add(end);
  return end;
}

}  // namespace rampart::sniffer
