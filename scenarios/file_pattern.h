#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace rampart::scenarios {

inline constexpr std::size_t kMostMatches = 1000;

// The files that `text` means, from `folder` where it is relative: itself, or, where its last part
// has *, ? or [...], all that fit, by name; in folders before it these characters stand for
// themselves, but for *, which is refused there, as by Prometheus. A pattern that fits nothing is
// an error; a plain path may name nothing.
base::Result<std::vector<std::string>> matching_files(const std::filesystem::path& folder,
                                                      const std::string& text);

}  // namespace rampart::scenarios
