#pragma once

#include <optional>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// An error of ICMP for IPv4 (RFC 792), which belongs to the conversation it speaks of.
[[nodiscard]] bool is_icmp_error(const Packet& packet);

// The TCP or UDP packet that could not be delivered, as far as the error quotes it: its addresses
// and ports, and the error's VLAN. Nothing where the error is of another kind, quotes too little,
// or goes to another host than the one that sent what it quotes. Anybody can write such a quote.
// Pure.
[[nodiscard]] std::optional<Packet> undelivered(const Packet& error);

}  // namespace rampart::sniffer
