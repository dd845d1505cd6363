#pragma once

#include <cstdint>

#include "model/result.h"

namespace rampart::correlator {

// Standard normal quantile: the z with P(|Z| <= z) = confidence, for 0 < confidence < 1.
double z_of(double confidence);

// Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927): keeps its coverage for few
// samples and for shares near 0 and 1. [0, 1] where total is 0.
model::Interval wilson(std::uint64_t successes, std::uint64_t total, double confidence = 0.95);

// met where the whole interval is at or above the wanted share, missed where it is wholly below,
// else undecided.
model::Outcome at_least(double wanted, const model::Interval& interval);
// met where the whole interval is below the limit, missed where it is wholly at or above it.
model::Outcome below(double limit, const model::Interval& interval);

}  // namespace rampart::correlator
