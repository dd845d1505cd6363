#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace rampart::scenarios {

// A whole file of at most `mebibytes`. Errors: not_found, io, parse (too large).
base::Result<std::string> read_text_file(const std::string& path, std::size_t mebibytes = 1);

}  // namespace rampart::scenarios
