#include <algorithm>

#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

std::uint32_t sum_words(Bytes bytes) {
  std::uint32_t sum = 0;
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += be16(bytes, i);
  if (i < bytes.size()) sum += static_cast<std::uint32_t>(bytes[i]) << 8U;
  return sum;
}

// RFC 793 and RFC 8200 section 8.1: the pseudo header's share of the sum.
std::uint32_t pseudo_header(const Packet& packet, std::uint32_t size) {
  return sum_words(packet.source.raw()) + sum_words(packet.destination.raw()) + packet.proto +
         (size >> 16U) + (size & 0xFFFFU);
}

// Sums need every byte; a cut packet is taken as it is.
bool bad_sum(const Packet& packet, Bytes bytes, std::uint32_t size, Checksums checksums) {
  return checksums == Checksums::verify && !packet.cut &&
         internet_sum(bytes, pseudo_header(packet, size)) != 0xFFFF;
}

// Whether an option of this kind may be so long; where the kind is not known it may.
bool may_be_long(std::uint8_t kind, std::size_t length) {
  enum Kind : std::uint8_t {
    kMss = 2,
    kWindowScale = 3,
    kSackPermitted = 4,
    kSack = 5,
    kTimestamps = 8,
    kFastOpen = 34,
  };
  switch (kind) {
    case kMss: return length == 4;
    case kWindowScale: return length == 3;
    case kSackPermitted: return length == 2;
    case kTimestamps: return length == 10;
    case kSack:
      return length >= 10 && length % 8 == 2;  // RFC 2018: pairs of numbers
    // RFC 7413: a cookie of 4 to 16 bytes, or the question for one.
    case kFastOpen: return length == 2 || (length >= 6 && length <= 18 && length % 2 == 0);
    default: return true;
  }
}

void read_tcp_option(Bytes option, Packet& packet) {
  constexpr std::uint8_t kMss = 2, kWindowScale = 3, kTimestamps = 8;
  switch (option[0]) {
    case kMss: packet.mss = be16(option, 2); break;
    case kWindowScale:
      packet.window_scale = static_cast<std::int8_t>(option[2] > 14 ? 14 : option[2]);
      break;
    case kTimestamps:
      packet.timestamped = true;
      packet.timestamp = be32(option, 2);
      packet.timestamp_echo = be32(option, 6);
      break;
    default: break;
  }
}

// What is wrong here ends the options and not the segment: receivers take it without them.
void read_tcp_options(Bytes options, bool whole, Packet& packet) {
  constexpr std::uint8_t kEnd = 0, kNop = 1, kLastKnown = 8;
  unsigned seen = 0;
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNop) {
      options = options.subspan(1);
      continue;
    }
    const std::size_t length = options.size() < 2 ? 0 : options[1];
    if (length < 2 || length > options.size()) {
      if (!whole) return;  // snaplen cut it
      packet.events.add(DecodeEvent::tcp_option_length);
      return;
    }
    const auto kind = options[0];
    if (kind <= kLastKnown) {
      if ((seen >> kind & 1U) != 0) packet.events.add(DecodeEvent::tcp_option_duplicate);
      seen |= 1U << kind;
    }
    if (!may_be_long(kind, length))
      packet.events.add(DecodeEvent::tcp_option_length);
    else
      read_tcp_option(options.first(length), packet);
    options = options.subspan(length);
  }
}

Invalid decode_tcp(Bytes bytes, std::uint32_t size, Checksums checksums, Packet& packet) {
  if (bytes.size() < 20) return missing(20, size, Invalid::tcp_too_small, packet);
  const std::size_t header = (bytes[12] >> 4U) * 4U;
  if (header < 20) return Invalid::tcp_options_length;
  if (header > size) return Invalid::tcp_header_length;
  if (bad_sum(packet, bytes, size, checksums)) return Invalid::checksum_tcp;
  packet.source_port = be16(bytes, 0);
  packet.destination_port = be16(bytes, 2);
  packet.seq = be32(bytes, 4);
  packet.ack = be32(bytes, 8);
  packet.flags = bytes[13];
  packet.window = be16(bytes, 14);
  // Where snaplen cut the options off, the ports and flags are still good.
  const bool whole = header <= bytes.size();
  if (header > 20)
    read_tcp_options(bytes.first(std::min(header, bytes.size())).subspan(20), whole, packet);
  packet.transport = true;
  if (whole) {
    packet.transport_header = bytes.first(header);
    packet.payload = bytes.subspan(header);
  }
  packet.payload_size = size - static_cast<std::uint32_t>(header);
  return Invalid::none;
}

Invalid decode_udp(Bytes bytes, std::uint32_t size, Checksums checksums, Packet& packet) {
  if (bytes.size() < 8) return missing(8, size, Invalid::udp_header_too_small, packet);
  const std::uint16_t length = be16(bytes, 4);
  if (length > size) return Invalid::udp_too_small;
  if (length < 8) return Invalid::udp_length;
  if (length < bytes.size()) bytes = bytes.first(length);
  // Zero says "no checksum"; IPv6 forbids that, but tunnels use it (RFC 6935).
  if (be16(bytes, 6) != 0 && bad_sum(packet, bytes, length, checksums))
    return Invalid::checksum_udp;
  packet.source_port = be16(bytes, 0);
  packet.destination_port = be16(bytes, 2);
  packet.transport = true;
  packet.transport_header = bytes.first(8);
  packet.payload = bytes.subspan(8);
  packet.payload_size = length - 8U;
  find_inner_of_datagram(packet);
  return Invalid::none;
}

Invalid decode_icmp(Bytes bytes, std::uint32_t size, Checksums checksums, Packet& packet) {
  const bool v6 = packet.proto == ip_proto::kIcmp6;
  if (bytes.size() < 8)
    return missing(8, size, v6 ? Invalid::icmp6_too_small : Invalid::icmp_too_small, packet);
  if (checksums == Checksums::verify && !packet.cut &&
      internet_sum(bytes, v6 ? pseudo_header(packet, size) : 0) != 0xFFFF)
    return Invalid::checksum_icmp;
  packet.icmp_type = bytes[0];
  packet.icmp_code = bytes[1];
  packet.icmp_echo = v6 ? bytes[0] == 128 || bytes[0] == 129 : bytes[0] == 8 || bytes[0] == 0;
  if (packet.icmp_echo) {
    packet.icmp_id = be16(bytes, 4);
    packet.icmp_seq = be16(bytes, 6);
  }
  packet.transport = true;
  packet.transport_header = bytes.first(8);
  packet.payload = bytes.subspan(8);
  packet.payload_size = size - 8;
  v6 ? read_icmp6_events(bytes, packet) : read_icmp_events(bytes, packet);
  return Invalid::none;
}

// RFC 9260, section 3.1.
Invalid decode_sctp(Bytes bytes, std::uint32_t size, Packet& packet) {
  constexpr std::size_t kHeader = 12;
  if (size < kHeader) return Invalid::sctp_too_small;
  if (bytes.size() < kHeader) return missing(kHeader, size, Invalid::sctp_too_small, packet);
  packet.source_port = be16(bytes, 0);
  packet.destination_port = be16(bytes, 2);
  packet.transport = true;
  packet.transport_header = bytes.first(kHeader);
  packet.payload = bytes.subspan(kHeader);
  packet.payload_size = size - static_cast<std::uint32_t>(kHeader);
  return Invalid::none;
}

}  // namespace

std::uint16_t internet_sum(Bytes bytes, std::uint32_t start) {
  std::uint64_t sum = std::uint64_t{start} + sum_words(bytes);
  while (sum >> 16U != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(sum);
}

Invalid decode_transport(Bytes bytes, std::uint32_t size, Checksums checksums, Packet& packet) {
  constexpr std::uint8_t kEsp = 50;
  switch (packet.proto) {
    case ip_proto::kTcp: return decode_tcp(bytes, size, checksums, packet);
    case ip_proto::kUdp: return decode_udp(bytes, size, checksums, packet);
    case ip_proto::kIcmp:
      // ICMP over IPv6 and the reverse do not exist; take such bytes as an unknown protocol.
      if (packet.ip_version == 4) return decode_icmp(bytes, size, checksums, packet);
      packet.events.add(DecodeEvent::ipv6_icmp4);
      break;
    case ip_proto::kIcmp6:
      if (packet.ip_version == 6) return decode_icmp(bytes, size, checksums, packet);
      packet.events.add(DecodeEvent::ipv4_icmp6);
      break;
    case kEsp:
      if (size < 8) return Invalid::esp_too_small;
      break;
    case ip_proto::kSctp: return decode_sctp(bytes, size, packet);
    default: break;
  }
  packet.payload = bytes;
  packet.payload_size = size;
  return find_inner(bytes, size, packet);
}

}  // namespace rampart::sniffer
