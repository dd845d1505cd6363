#pragma once

#include "base/clock.h"
#include "model/plan.h"

namespace rampart::correlator {

// Whether the plan says when requests are due: an open load but one that searches for its rate.
[[nodiscard]] bool scheduled(const model::Arrival& arrival);

// Arrivals that an open load asks for from one moment since its start up to another: the integral
// of its stages' rate, or how many of a replay are due, max_requests observed. What a replay asks
// for at the very end of its duration belongs to it. 0 for a closed load.
double asked(const model::Arrival& arrival, base::Nanos from, base::Nanos to);

}  // namespace rampart::correlator
