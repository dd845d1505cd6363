#pragma once

#include <string>

#include "base/result.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::cli {

// The $NAMES of rules, from a YAML file that --vars names. Errc::config with the place of all that
// is wrong, whether or not a rule uses it.
base::Result<sniffer::RuleVariables> load_variables(const std::string& path);

}  // namespace rampart::cli
