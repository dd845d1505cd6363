#pragma once

#include <string>

#include "model/result.h"

namespace rampart::reports {

// JUnit XML for continuous integration: one case per objective, one for the validity of the
// figures, one for the end of the run, one per attack verdict. Missed is a failure; what could not
// be decided is an error, so that no gate takes it for a pass.
std::string render_junit(const model::RunResult& result);

}  // namespace rampart::reports
