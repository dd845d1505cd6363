#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::scenarios {

// Values of the $NAMES in rules: {"HOME_NET", "[10.0.0.0/8]"}.
using RuleVariableMap = std::map<std::string, std::string, std::less<>>;

enum class RuleVariableGroup : std::uint8_t { addresses, ports };
// Why a rule could not use the value, beside all the others; empty: it could.
using CheckRuleVariable = std::string (*)(RuleVariableGroup group, std::string_view value,
                                          const RuleVariableMap& all);

// Reads vars.address-groups and vars.port-groups of a YAML file; what stands beside vars: is not
// looked at, so a suricata.yaml serves. A value is a text, or a list of texts. Errors: not_found,
// io, parse, and config with "file:line:column: message" of all that is wrong.
base::Result<RuleVariableMap> load_rule_variables(const std::string& path, CheckRuleVariable check);
base::Result<RuleVariableMap> parse_rule_variables(std::string_view text, const std::string& path,
                                                   CheckRuleVariable check);

}  // namespace rampart::scenarios
