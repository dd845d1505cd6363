#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rampart::probe {

// A date of HTTP in any of its three forms (RFC 9110, section 5.6.7); the name of the day is not
// looked at. Empty for everything else.
std::optional<std::chrono::sys_seconds> read_http_date(const std::string& text);

}  // namespace rampart::probe
