#pragma once

#include <string>

#include "base/result.h"

namespace rampart::scenarios {

// A whole file of at most 1 MiB. Errors: not_found, io, parse (too large).
base::Result<std::string> read_text_file(const std::string& path);

}  // namespace rampart::scenarios
