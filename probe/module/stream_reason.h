#pragma once

#include "model/probe.h"
#include "net/stream.h"

namespace rampart::probe {

// What the end of a stream means to a probe that still waited for something.
model::ProbeReason reason_of(net::StreamEnd end);

}  // namespace rampart::probe
