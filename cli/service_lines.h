#pragma once

#include <string>
#include <vector>

#include "model/plan.h"

namespace rampart::cli {

// The service map of a plan, a line for each target: what looks at it from outside, and which pages
// speak of it from inside; and one for each page that nobody can be judged by. Nothing for a plan
// that reads no metrics. May hold the user's words; escape them.
std::vector<std::string> service_lines(const model::Plan& plan);

}  // namespace rampart::cli
