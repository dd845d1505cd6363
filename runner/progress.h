#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace rampart::runner {

// How a run stands, for people who watch it. Plain data.
struct Progress {
  base::Nanos elapsed{0};
  base::Nanos total{0};
  double offered_rate = 0;  // of the last whole second
  double achieved_rate = 0;
  std::optional<base::Nanos> p50;
  std::optional<base::Nanos> p99;
  std::uint64_t errors = 0;  // so far
  std::uint64_t in_flight = 0;
  std::vector<std::optional<bool>> probes;  // by Plan::probes: the last result
  std::uint64_t alerts = 0;
  double busy_percent = 0;  // the busiest worker's
};

}  // namespace rampart::runner
