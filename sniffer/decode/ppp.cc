#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

enum PppProtocol : std::uint16_t {
  kIpv4 = 0x0021,
  kVjCompressed = 0x002D,
  kVjUncompressed = 0x002F,
  kIpv6 = 0x0057,
  kFirstControl = 0x8000,  // link and network control: nothing to look at
};

// The last byte is odd, the one before it even (RFC 1661, section 2).
bool well_formed(unsigned protocol) { return (protocol & 1U) != 0 && (protocol & 0x100U) == 0; }

}  // namespace

// The protocol field may be one byte where it was agreed so: then it is odd (RFC 1661 section 2).
Invalid decode_ppp(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.size() >= 2 && bytes[0] == 0xFF && bytes[1] == 0x03) bytes = bytes.subspan(2);
  const std::size_t size = !bytes.empty() && (bytes[0] & 1U) != 0 ? 1 : 2;
  if (bytes.size() < size)
    return missing(size, bytes.size() + packet.frame_missing, Invalid::ppp_too_small, packet);
  const unsigned protocol = size == 1 ? bytes[0] : be16(bytes, 0);
  bytes = bytes.subspan(size);
  const auto sent = bytes.size() + packet.frame_missing;
  constexpr std::size_t kLeastIpv4 = 20, kLeastIpv6 = 40;
  switch (protocol) {
    case kIpv4:
      if (sent < kLeastIpv4) return Invalid::ppp_ipv4_too_small;
      return decode_ipv4(bytes, checksums, packet);
    case kIpv6:
      if (sent < kLeastIpv6) return Invalid::ppp_ipv6_too_small;
      return decode_ipv6(bytes, checksums, packet);
    case kVjUncompressed:
      if (sent < kLeastIpv4) return Invalid::ppp_vj_too_small;
      [[fallthrough]];
    case kVjCompressed: packet.events.add(DecodeEvent::ppp_unsupported); break;
    default:
      if (!well_formed(protocol))
        packet.events.add(DecodeEvent::ppp_wrong_type);
      else if (protocol < kFirstControl)
        packet.events.add(DecodeEvent::ppp_unsupported);
  }
  return Invalid::none;
}

// Six bytes of header, then PPP.
Invalid decode_pppoe(Bytes bytes, Checksums checksums, Packet& packet) {
  if (bytes.size() < 6)
    return missing(6, bytes.size() + packet.frame_missing, Invalid::pppoe_too_small, packet);
  if (bytes[1] != 0) packet.events.add(DecodeEvent::pppoe_wrong_code);
  return decode_ppp(bytes.subspan(6), checksums, packet);
}

// RFC 2516, section 5 and appendix A: codes, and tags of type, length and value.
void read_pppoe_discovery(Bytes bytes, Packet& packet) {
  if (packet.frame_missing != 0) return;
  if (bytes.size() < 6) {
    packet.events.add(DecodeEvent::pppoe_too_small);
    return;
  }
  constexpr std::uint8_t kOffer = 0x07, kInitiation = 0x09, kRequest = 0x19, kSession = 0x65,
                         kTerminate = 0xA7;
  const auto code = bytes[1];
  if (code != kOffer && code != kInitiation && code != kRequest && code != kSession &&
      code != kTerminate)
    packet.events.add(DecodeEvent::pppoe_wrong_code);
  const std::size_t length = be16(bytes, 4);
  auto tags = bytes.subspan(6);
  if (length > tags.size()) {
    packet.events.add(DecodeEvent::pppoe_malformed_tags);
    return;
  }
  tags = tags.first(length);
  while (!tags.empty()) {
    const std::size_t size = tags.size() < 4 ? 0 : 4U + be16(tags, 2);
    if (size == 0 || size > tags.size()) {
      packet.events.add(DecodeEvent::pppoe_malformed_tags);
      return;
    }
    if (be16(tags, 0) == 0) return;  // end of list
    tags = tags.subspan(size);
  }
}

}  // namespace rampart::sniffer
