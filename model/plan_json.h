#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace rampart::model {

// The whole plan as one JSON object: what the store keeps with a run, so that it can be judged and
// rendered again without its scenario file. Durations are integers in nanoseconds, rates per
// second, addresses text. Text that is not UTF-8 becomes {"hex": "..."}, so nothing is lost.
std::string to_json(const Plan& plan);

// Reads it back. Errc::parse names the member: "plan: loads[0].connections: must be ...". Every
// index into another list is checked, so a plan that was read can be followed without further
// checks. Members that are not known are ignored.
base::Result<Plan> plan_from_json(std::string_view text);

}  // namespace rampart::model
