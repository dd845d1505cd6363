#pragma once

#include "sniffer/flow/flow.h"

// Packets that were not on the wire, for rules that ask for one: where a transaction is judged, it
// need not be the packet at hand that speaks for it.

namespace rampart::sniffer {

// Without contents, the other way.
Packet reversed(const Packet& packet);

// Stands for the packet that the flow's end did not bring.
Packet last_words(const Flow& flow, Direction direction);

}  // namespace rampart::sniffer
