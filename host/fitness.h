#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/demand.h"
#include "host/facts.h"

namespace rampart::host {

enum class Fitness : std::uint8_t { ok, unknown, warn, bad };
std::string_view to_string(Fitness fitness);

struct Finding {
  std::string check;  // "open files"
  Fitness fitness = Fitness::unknown;
  std::string measured = {};  // "1024 soft, 1048576 hard"; empty where it could not be read
  std::string bounds = {};    // what it limits
  std::string remedy = {};  // the command or the file to change; empty where there is nothing to do
};

// What the machine's state means for the demand: a finding per check, always in the same order.
// Pure: nothing is read here.
std::vector<Finding> judge(const Facts& facts, const Demand& demand);

// The worst of all. Unknown counts as ok: what cannot be read is no proof of harm.
Fitness worst(const std::vector<Finding>& findings);

// Memory that one connection takes in this program and in the kernel, an estimate: bytes.
std::uint64_t connection_bytes(bool tls);

// The document of `doctor --json`: {schema, rampart, fit, checks: [...]}, ends with a newline.
std::string to_json(const std::vector<Finding>& findings);

}  // namespace rampart::host
