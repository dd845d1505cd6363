#pragma once

#include <string_view>

#include "base/result.h"

namespace rampart::scenarios {

// Whether a Prometheus server can read `text` between the braces of a selector: name="value" with
// =, !=, =~ or !~, separated by commas. Errc::parse says where it cannot. Regular expressions and
// the digits of escapes are left to the server.
base::Status check_matchers(std::string_view text);

}  // namespace rampart::scenarios
