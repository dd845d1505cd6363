#pragma once

#include <optional>
#include <string>

#include "host/facts.h"

namespace rampart::host {

// What only a system call tells.

// The kernel's clock discipline (adjtimex(2)).
std::optional<ClockSync> clock_sync();
// The file system of a path, or where it does not exist yet of the nearest folder above it.
std::optional<Disk> disk_of(const std::string& path);

}  // namespace rampart::host
