#pragma once

#include <cstdint>
#include <string_view>

#include "sniffer/rules/rule.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/rule_text.h"

namespace rampart::sniffer {

// "alert tcp $HOME_NET any -> any 80": everything before the parenthesis.
base::Status parse_rule_header(Located text, const RuleVariables& variables, Complaint& complaint,
                               Rule& rule);

// A protocol of other programs' rules that is not supported here.
bool is_other_protocol(std::string_view name);

// any, an address, a network, a range, a $NAME, or a [list] of these, each of which may be negated.
base::Result<AddressSet> parse_addresses(Located text, const RuleVariables& variables,
                                         Complaint& complaint);

enum class VariableKind : std::uint8_t { addresses, ports };
// Whether a $NAME could have that value, beside the others.
base::Status check_variable(VariableKind kind, std::string_view value,
                            const RuleVariables& variables);

}  // namespace rampart::sniffer
