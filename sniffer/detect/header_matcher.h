#pragma once

#include <cstdint>
#include <vector>

#include "sniffer/app/app_proto.h"
#include "sniffer/detect/payload_matcher.h"
#include "sniffer/flow/flow.h"
#include "sniffer/rules/rule.h"
#include "sniffer/rules/transform.h"

namespace rampart::sniffer {

// What a packet is besides its bytes. `flow` is null where there is none.
struct PacketContext {
  const Packet& packet;
  const Flow* flow = nullptr;
  Direction direction = Direction::to_server;
  const StreamEvents* stream_events = nullptr;  // null: none
  bool other_way = false;  // the packet stands for the side that did not send the one at hand
  bool handshake = false;  // it is the last of one: flow:established holds from the next packet on
};

// Everything of a rule but its payload keywords, its sections and what it remembers: protocol,
// addresses, ports, header fields, state of the flow, what it speaks, events of decoder and stream.
// hot: no allocation.
bool header_matches(const Rule& rule, const PacketContext& context);

// Whether it is known what the flow speaks, and the other end has acknowledged a part of what this
// one said before the packet: from then on app-layer-protocol holds for the packets of its side,
// which who calls it remembers in Flow::app_told, as the numbers of TCP come round again. Where one
// side alone was captured nobody acknowledges, and it holds from its second packet on.
bool protocol_is_told(const PacketContext& context);

// Its addresses and ports alone, which hold for all packets of a flow in one direction, or for
// none.
bool ends_match(const Rule& rule, const Packet& packet);

// The rule's packet_sections; true where it has none. `scratch` is for transforms. hot
bool packet_sections_match(const Rule& rule, const Packet& packet, PayloadMatcher& matcher,
                           TransformScratch& scratch);

}  // namespace rampart::sniffer
