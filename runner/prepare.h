#pragma once

#include "base/result.h"
#include "model/plan.h"
#include "scenarios/authorisation.h"

namespace rampart::runner {

// Checks the plan against the authorisation, resolves every name, checks every address, and fills
// in the endpoints and what is permitted. Errc::permission: nothing was sent. Errc::config: a
// pattern that cannot be read. Errc::io: a name that cannot be resolved.
base::Status prepare(model::Plan& plan, const scenarios::Authorisation& authorisation);

}  // namespace rampart::runner
