#pragma once

#include "sniffer/flow/flow.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// What a packet is besides its bytes. `flow` is null where there is none.
struct PacketContext {
  const Packet& packet;
  const Flow* flow = nullptr;
  Direction direction = Direction::to_server;
};

// Everything of a rule but its payload keywords: protocol, addresses, ports, header fields, state
// of the flow. hot: no allocation.
bool header_matches(const Rule& rule, const PacketContext& context);

}  // namespace rampart::sniffer
