#include "cli/variables_file.h"

#include "scenarios/rule_variables.h"
#include "sniffer/rules/header_parser.h"

namespace rampart::cli {
namespace {

std::string why_not(scenarios::RuleVariableGroup group, std::string_view value,
                    const scenarios::RuleVariableMap& all) {
  const auto kind = group == scenarios::RuleVariableGroup::ports ? sniffer::VariableKind::ports
                                                                 : sniffer::VariableKind::addresses;
  const auto checked = sniffer::check_variable(kind, value, all);
  return checked ? std::string() : checked.error().text;
}

}  // namespace

base::Result<sniffer::RuleVariables> load_variables(const std::string& path) {
  return scenarios::load_rule_variables(path, &why_not);
}

}  // namespace rampart::cli
