#pragma once

#include "model/wire.h"
#include "sniffer/flow/flow.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// The record of an alert. `flow` is null where the packet has none.
model::Detection detection_of(const Rule& rule, const Packet& packet, const Flow* flow);

}  // namespace rampart::sniffer
