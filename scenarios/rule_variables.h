#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::scenarios {

// Values of the $NAMES in rules: {"HOME_NET", "[10.0.0.0/8]"}.
using RuleVariableMap = std::map<std::string, std::string, std::less<>>;

// Reads vars.address-groups and vars.port-groups of a YAML file; whatever else stands there is not
// looked at, so a suricata.yaml serves. A value is a text, or a list of texts. What the values mean
// is judged where a rule uses them. Errors: not_found, io, parse.
base::Result<RuleVariableMap> load_rule_variables(const std::string& path);
base::Result<RuleVariableMap> parse_rule_variables(std::string_view text, const std::string& path);

}  // namespace rampart::scenarios
