#pragma once

#include <string>

#include "sniffer/rules/rule_set.h"

namespace rampart::cli {

// One line for a terminal about a refused rule: "file:line:column: message". A rule file may hold
// anything: control characters come out escaped, and a long message is cut.
std::string complaint_line(const sniffer::Diagnostic& diagnostic);

}  // namespace rampart::cli
