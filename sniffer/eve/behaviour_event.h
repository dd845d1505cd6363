#pragma once

#include <string>

#include "model/wire.h"
#include "sniffer/eve/eve_event.h"

namespace rampart::sniffer {

// The alert of an attack that was told from behaviour: as eve_alert(), without a packet, and with
// the object `behaviour` (model::to_json), whose times are in nanoseconds since the epoch.
// `detection` has one.
std::string eve_behaviour(const EveSource& source, const model::Detection& detection);

}  // namespace rampart::sniffer
