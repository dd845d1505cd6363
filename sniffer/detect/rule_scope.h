#pragma once

#include <cstdint>

#include "sniffer/flow/direction.h"
#include "sniffer/rules/rule.h"

// Which of a flow's bytes and packets a rule is about.

namespace rampart::sniffer {

// Where a rule looks for its contents, as bits: at the stream, at each packet of one, at TCP
// packets outside of any stream, which stand for both, at what is not TCP.
using Looks = std::uint8_t;
inline constexpr Looks kAtStream = 1, kAtPacket = 2, kAtLoose = 4, kAtOther = 8;
Looks looks_of(const Rule& rule);

bool on_tcp(RuleProto proto);
// It has contents of a packet or its stream that are to be searched for.
bool has_contents(const Rule& rule);
// It asks for events of the decoder or of the stream.
bool on_packet_events(const Rule& rule);
// It asks for addresses that are named, ports and a protocol, and beside those for bits of hosts at
// most: it matches once per flow and direction. Where it excludes addresses each packet is judged.
bool addresses_alone(const Rule& rule);
// It asks by app-layer-protocol what the flow speaks, and beside it for nothing but its ends, its
// direction, and what rules remember of hosts.
bool protocol_alone(const Rule& rule);
// It asks what rules remember of hosts, which any other flow may change at any time.
bool asks_for_hosts(const Rule& rule);
// It asks what the flow speaks.
bool asks_for_app(const Rule& rule);
// An engine in the way of the flow would let no more of it through, or without a look.
bool ends_flow(const Rule& rule);
// A pass rule that asks nothing of single packets speaks for the whole conversation.
bool passes_flow(const Rule& rule);
// It may match what goes in that direction.
bool goes(const Rule& rule, Direction direction);

}  // namespace rampart::sniffer
