#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/facts.h"

namespace rampart::host {

// What the control groups of this process leave it, of version 1 or 2 (cgroups(7)): the tightest
// bound from its own group up to the root. `root` stands in front of /proc and /sys.

// Nullopt where no CPU controller can be read.
std::optional<CpuQuota> cgroup_quota(const std::string& root);
// Bytes until the memory limit; nullopt where there is none.
std::optional<std::uint64_t> cgroup_memory_left(const std::string& root);

}  // namespace rampart::host
