#pragma once

#include <cstdint>
#include <string>

#include "base/ip_address.h"
#include "sniffer/flow/flow.h"

namespace rampart::sniffer {

// Of the protocols that are told apart here.
constexpr bool has_ports(std::uint8_t proto) {
  return proto == ip_proto::kTcp || proto == ip_proto::kUdp;
}

// The Community ID of a conversation, version 1 with seed 0
// (https://github.com/corelight/community-id-spec): "1:" and the SHA-1 of its ends, the lower
// first, in base64. Other monitors give the same conversation the same text. Of ICMP, where type
// and the type of its answer take the places of ports, the direction counts where there is no
// answer. Empty where it cannot be told: SCTP, whose ports are not read, and where SHA-1 is not to
// be had.
std::string community_id(const Packet& packet);
std::string community_id(const Flow& flow);

}  // namespace rampart::sniffer
