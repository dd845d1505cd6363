#include "sniffer/decode/layers.h"

namespace rampart::sniffer {
namespace {

enum EtherType : std::uint16_t {
  kIpv4 = 0x0800,
  kIpv6 = 0x86DD,
  kTransparentBridging = 0x6558,
  kPpp = 0x880B,
};

void carries(LinkType link, Bytes bytes, Packet& packet) {
  packet.inner = bytes;
  packet.inner_link = link;
}

// RFC 2784 and 2890; version 1 is PPTP's, RFC 2637 section 4.1.
Invalid decode_gre(Bytes bytes, std::uint32_t size, Packet& packet) {
  constexpr std::uint16_t kChecksum = 0x8000, kRouting = 0x4000, kKey = 0x2000, kSequence = 0x1000,
                          kAcknowledgment = 0x0080;
  if (bytes.size() < 4) return missing(4, size, Invalid::gre_too_small, packet);
  const auto flags = be16(bytes, 0);
  const auto type = be16(bytes, 2);
  const unsigned version = flags & 7U;
  if (version > 1) return Invalid::gre_version;
  if ((flags & kRouting) != 0) return Invalid::none;  // obsolete since RFC 2784: left alone
  std::size_t header = 4;
  if ((flags & kChecksum) != 0) header += 4;
  if ((flags & kKey) != 0) header += 4;
  if ((flags & kSequence) != 0) header += 4;
  if (version == 1 && (flags & kAcknowledgment) != 0) header += 4;
  if (bytes.size() < header) return missing(header, size, Invalid::gre_too_small, packet);
  const auto rest = bytes.subspan(header);
  switch (type) {
    case kIpv4:
    case kIpv6: carries(LinkType::raw_ip, rest, packet); break;
    case kTransparentBridging: carries(LinkType::ethernet, rest, packet); break;
    case kPpp: carries(LinkType::ppp, rest, packet); break;
    default: break;
  }
  return Invalid::none;
}

}  // namespace

Invalid find_inner(Bytes bytes, std::uint32_t size, Packet& packet) {
  constexpr std::uint8_t kIpInIp = 4, kIpv6InIp = 41, kGre = 47;
  if (packet.proto == kGre) return decode_gre(bytes, size, packet);
  if ((packet.proto == kIpInIp || packet.proto == kIpv6InIp) && !bytes.empty())
    carries(LinkType::raw_ip, bytes, packet);
  return Invalid::none;
}

void find_vxlan(Packet& packet) {
  constexpr std::uint16_t kPort = 4789;
  constexpr std::uint8_t kIdentifierIsValid = 0x08;
  constexpr std::size_t kHeader = 8, kEthernet = 14;
  const auto bytes = packet.payload;
  if (packet.destination_port == kPort && bytes.size() >= kHeader + kEthernet &&
      (bytes[0] & kIdentifierIsValid) != 0)
    carries(LinkType::ethernet, bytes.subspan(kHeader), packet);
}

}  // namespace rampart::sniffer
