#pragma once

#include <string>
#include <string_view>

#include "sniffer/rules/rule_set.h"

namespace rampart::cli {

// One line for a terminal about a refused rule: "file:line:column: message". A rule file may hold
// anything: control characters come out escaped, and a long message is cut.
std::string complaint_line(const sniffer::Diagnostic& diagnostic);

// What stopped a command, for a terminal. It may quote a file: each of its lines is treated as that
// of complaint_line().
std::string error_lines(std::string_view text);

}  // namespace rampart::cli
