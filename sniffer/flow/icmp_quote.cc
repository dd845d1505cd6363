#include "sniffer/flow/icmp_quote.h"

namespace rampart::sniffer {
namespace {

// RFC 792.
enum Type : std::uint8_t {
  kUnreachable = 3,
  kSourceQuench = 4,
  kRedirect = 5,
  kTimeExceeded = 11,
  kParameterProblem = 12,
};

}  // namespace

bool is_icmp_error(const Packet& packet) {
  if (!packet.is_icmp() || packet.ip_version != 4) return false;
  switch (packet.icmp_type) {
    case kUnreachable:
    case kSourceQuench:
    case kRedirect:
    case kTimeExceeded:
    case kParameterProblem: return true;
    default: return false;
  }
}

std::optional<Packet> undelivered(const Packet& error) {
  constexpr std::size_t kLeastHeader = 20;
  const auto quote = error.payload;
  if (!is_icmp_error(error) || error.icmp_type != kUnreachable || quote.size() < kLeastHeader)
    return std::nullopt;
  const std::size_t header = (quote[0] & 0x0FU) * 4U;
  const auto proto = quote[9];
  const bool later_fragment = (quote[6] & 0x1FU) != 0 || quote[7] != 0;
  if (quote[0] >> 4U != 4 || header < kLeastHeader || quote.size() < header + 4 || later_fragment ||
      (proto != ip_proto::kTcp && proto != ip_proto::kUdp))
    return std::nullopt;
  Packet out;
  out.time = error.time;
  out.ip_version = 4;
  out.proto = proto;
  out.transport = true;
  out.vlan_count = error.vlan_count;
  out.vlans = error.vlans;
  out.source = base::IpAddress::from_bytes(quote.subspan<12, 4>());
  out.destination = base::IpAddress::from_bytes(quote.subspan<16, 4>());
  if (out.source != error.destination) return std::nullopt;
  const auto port = [&](std::size_t at) {
    return static_cast<std::uint16_t>(quote[at] << 8U | quote[at + 1]);
  };
  out.source_port = port(header);
  out.destination_port = port(header + 2);
  return out;
}

}  // namespace rampart::sniffer
