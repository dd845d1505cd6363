#pragma once

#include <string>
#include <string_view>

namespace rampart::reports {

// Compares with tests/reports/golden/`name`. With RAMPART_UPDATE_GOLDEN=1 in the environment the
// file is written instead and the test fails, so that an update is never taken for a pass.
void expect_golden(std::string_view name, const std::string& actual);

// Whether the text is well-formed UTF-8.
bool is_utf8(std::string_view text);

}  // namespace rampart::reports
