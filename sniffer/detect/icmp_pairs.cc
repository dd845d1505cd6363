#include "sniffer/detect/icmp_pairs.h"

#include <algorithm>
#include <utility>

namespace rampart::sniffer {
namespace {

// A question and its answer have the same.
std::uint64_t kind_of(const Packet& p) {
  const std::uint8_t type = p.icmp_type;
  if (p.ip_version == 6) {
    const bool echo = type == 128 || type == 129;
    return std::uint64_t{echo ? std::uint8_t{128} : type} << 8U | p.icmp_code;
  }
  if (type == 0 || type == 8) return 8;                        // echo
  if (type >= 13 && type <= 18) return (type - 1U) / 2U * 2U;  // time, information, mask
  return 256U + type;
}

}  // namespace

bool IcmpPairs::begins(const Packet& packet) {
  // As flows that only one side, or both, have spoken in.
  constexpr auto kOneSided = std::chrono::seconds(30), kBoth = std::chrono::seconds(300);
  if (pairs_.empty()) pairs_.resize(kPairs);
  const bool low = packet.source <= packet.destination;
  SipHash sip(key_);
  sip.add(low ? packet.source : packet.destination);
  sip.add(low ? packet.destination : packet.source);
  sip.add(kind_of(packet) << 32U | std::uint64_t{packet.ip_version} << 16U |
          (packet.vlan_count == 0 ? 0U : packet.vlans[0]));
  const auto id = sip.finish();
  auto& pair = pairs_[id % kPairs];
  const auto patience = pair.heard[0] && pair.heard[1] ? kBoth : kOneSided;
  if (pair.id != id || packet.time - pair.last > patience) pair = {id, packet.time, {}};
  pair.last = std::max(pair.last, packet.time);
  return !std::exchange(pair.heard[low ? 0 : 1], true);
}

}  // namespace rampart::sniffer
