#pragma once

#include <string>

#include "model/plan.h"

namespace rampart::model {

// The first index of the plan that points outside its list, for people; empty where all are good.
std::string dangling_reference(const Plan& plan);

}  // namespace rampart::model
