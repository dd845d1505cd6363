#pragma once

#include <string>

#include "host/facts.h"

namespace rampart::host {

struct SurveyOptions {
  std::string root;       // in front of /proc and /sys; tests have trees of their own
  std::string interface;  // to look for; empty: none
};

// Reads /proc and /sys. What is missing or unreadable there stays absent. `clock`, `disk` and
// `steal` are not read: see system_state.h.
Facts survey(const SurveyOptions& options);

}  // namespace rampart::host
