#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/units.h"

namespace rampart::runner {

// How a capacity search stands.
struct SearchProgress {
  std::uint32_t trial = 0;  // from 1
  base::Rps rate;           // of this trial
  std::optional<base::Rps> kept;
  std::optional<base::Rps> missed;
  base::MonoTime began;  // this trial; in the far future where it has not begun
};

// How a run stands, for people who watch it. Plain data.
struct Progress {
  base::Nanos elapsed{0};
  base::Nanos total{0};
  base::MonoTime second;    // when the last whole second began
  double offered_rate = 0;  // in it; while a flow is searched, flows
  double achieved_rate = 0;
  std::optional<base::Nanos> p50;
  std::optional<base::Nanos> p99;
  std::uint64_t errors = 0;  // so far
  std::uint64_t in_flight = 0;
  std::vector<std::optional<bool>> probes;  // by Plan::probes: the last result
  std::uint64_t alerts = 0;
  double busy_percent = 0;  // the busiest worker's
  std::optional<SearchProgress> search;
};

}  // namespace rampart::runner
