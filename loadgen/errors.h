#pragma once

#include "model/load.h"
#include "net/stream.h"

namespace rampart::loadgen {

// What the end of a stream means for a request: while its connection was made, or afterwards.
model::LoadError error_of(net::StreamEnd end, bool connecting);

}  // namespace rampart::loadgen
