#pragma once

#include <string_view>

namespace rampart::base {

// "0.1.0", from the project's CMakeLists.txt.
std::string_view version();

}  // namespace rampart::base
