#pragma once

#include "base/clock.h"
#include "model/plan.h"

namespace rampart::correlator {

// Arrivals that an open load's stages ask for between two moments since its start (the integral of
// the rate, max_requests observed). 0 for a closed load.
double asked(const model::Arrival& arrival, base::Nanos from, base::Nanos to);

}  // namespace rampart::correlator
