#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace rampart::scenarios {

// A limit of a capacity search as it is typed: "p99 < 250ms", "errors<1%". Errors say what would be
// right, without a place.
base::Status add_limit(std::string_view text, model::Objectives& limits);

// What the fields of a search must be to each other. Errors begin with the key: "step: ...".
base::Status check_find(const model::FindSpec& find);

}  // namespace rampart::scenarios
