#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/diagnostic.h"

namespace rampart::scenarios {

// One target of a list and what the list says of it.
struct SdTarget {
  std::string address;                                      // "host:port"
  std::vector<std::pair<std::string, std::string>> labels;  // of its group, as written
};

inline constexpr std::size_t kMostSdTargets = 1000;

// Reads Prometheus's lists of targets for file_sd: [{targets: ["host:port"], labels: {name:
// value}}], JSON or YAML. What is wrong is reported in `out`, and left out.
std::vector<SdTarget> parse_file_sd(std::string_view text, Diagnostics& out);

}  // namespace rampart::scenarios
