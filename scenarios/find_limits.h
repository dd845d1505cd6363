#pragma once

#include <string_view>

#include "base/result.h"
#include "model/plan.h"

namespace rampart::scenarios {

// A limit of a capacity search as it is typed: "p99 < 250ms", "errors<1%". Errors say what would be
// right, without a place.
base::Status add_limit(std::string_view text, model::Objectives& limits);

// Whether a load has a rate that can be searched. An icmp load's sockets are opened before a run
// gives up its privilege, and each trial opens its own; in mode hold there is nothing to repeat.
// Errors are without a place.
base::Status check_searchable(const model::LoadSpec& load);

// What the fields of a search must be to each other. Errors begin with the key: "step: ...".
base::Status check_find(const model::FindSpec& find);

}  // namespace rampart::scenarios
