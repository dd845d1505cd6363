#pragma once

#include <vector>

#include "model/result.h"

namespace rampart::correlator {

// One row per objective and what it is about: availability over all probes and per probe, latency
// and errors per load, detection. Needs the summaries in `result`. With a confidence an objective
// is met or missed only where its whole interval is on that side; without, by the point estimate.
// No sample at all is undecided. ci95 is a share, for latency milliseconds.
std::vector<model::ObjectiveResult> weigh_objectives(const model::Evidence& e,
                                                     const model::RunResult& result);

}  // namespace rampart::correlator
