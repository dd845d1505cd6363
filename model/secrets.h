#pragma once

#include "model/plan.h"

namespace rampart::model {

// The plan with the values of Authorization, Proxy-Authorization and Cookie headers replaced by
// "(not kept)": what may be written to disk with a run.
Plan without_secrets(Plan plan);

}  // namespace rampart::model
