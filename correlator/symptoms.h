#pragma once

#include "correlator/timeline.h"

namespace rampart::correlator {

// Marks every probe and load second of the target that shows trouble, against baselines taken from
// the same run: per probe from its durations, per load from its seconds' median service times.
void find_symptoms(const model::Plan& plan, TargetView& view);

// Milliseconds above the baseline that count as slow: 50, or less where the plan's latency
// objective is tighter, but never less than 10.
double slow_floor_ms(const model::Plan& plan);

}  // namespace rampart::correlator
