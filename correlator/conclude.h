#pragma once

#include "model/evidence.h"
#include "model/result.h"

namespace rampart::correlator {

// Judges a run: summaries, validity, verdicts, objectives, exit code. Pure and deterministic: the
// same evidence gives the same result. Indices in the evidence must be those of its plan (as
// store::Reader gives them), and there must be an anchor.
model::RunResult conclude(const model::Evidence& evidence);

}  // namespace rampart::correlator
