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
  if (bytes[0] >> 4U != 4) return Invalid::ip_version;
  const std::size_t header = (bytes[0] & 0x0FU) * 4U;
  if (header < 20) return Invalid::ipv4_header_length;
  if (header > bytes.size()) return missing(header, sent, Invalid::ipv4_header_length, packet);
  const std::uint16_t total = be16(bytes, 2);
  if (total < header) return Invalid::ipv4_total_length;
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

// From the header that follows the fixed one; `length` is that of all that does on the wire.
Invalid decode_ipv6_payload(std::uint8_t next, Bytes bytes, std::size_t length, Checksums checksums,
                            Packet& packet) {
  for (unsigned seen = 0;; ++seen) {
    std::size_t size = 0;
    switch (next) {
      case kHopByHop:
      case kRouting:
      case kDestination:
      case kMobility:
        if (bytes.size() < 8) return missing(8, length, Invalid::ipv6_extension_truncated, packet);
        size = (bytes[1] + 1U) * 8U;
        break;
      case kAuthentication:
        if (bytes.size() < 8) return missing(8, length, Invalid::ipv6_extension_truncated, packet);
        size = (bytes[1] + 2U) * 4U;
        break;
      case kFragment:
        if (bytes.size() < 8) return missing(8, length, Invalid::ipv6_extension_truncated, packet);
        // Offset 0 without more fragments is a whole datagram: an atomic fragment, RFC 6946.
        if (const auto field = be16(bytes, 2); (field & 0xFFF9U) != 0) {
          packet.proto = bytes[0];
          packet.fragment = true;
          packet.more_fragments = (field & 1U) != 0;
          packet.fragment_offset = field & 0xFFF8U;
          packet.fragment_id = be32(bytes, 4);
          packet.payload = bytes.subspan(8);
          packet.payload_size = static_cast<std::uint32_t>(length - 8);
          return Invalid::none;
        }
        size = 8;
        break;
      default:
        packet.proto = next;
        if (next == kNoNext || next == kEsp) return Invalid::none;
        return decode_transport(bytes, static_cast<std::uint32_t>(length), checksums, packet);
    }
    if (seen == kMostExtensions) return Invalid::ipv6_extension_too_many;
    if (size > bytes.size())
      return missing(size, length, Invalid::ipv6_extension_truncated, packet);
    next = bytes[0];
    bytes = bytes.subspan(size);
    length -= size;
  }
}

}  // namespace

Invalid decode_ipv6(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.size() < kIpv6Header)
    return missing(kIpv6Header, bytes.size() + packet.frame_missing, Invalid::ipv6_too_small,
                   packet);
  if (bytes[0] >> 4U != 6) return Invalid::ip_version;
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
  packet.fragment_offset = 0;
  packet.payload = {};
  packet.payload_size = 0;
  if (packet.ip_version == 6)
    return decode_ipv6_payload(packet.proto, bytes, bytes.size(), checksums, packet);
  return decode_transport(bytes, static_cast<std::uint32_t>(bytes.size()), checksums, packet);
}

}  // namespace rampart::sniffer
