#pragma once

#include <span>

#include "base/clock.h"

namespace rampart::model {

// The two clocks read at one moment, so that load and probes (monotonic) and packets (wall) can
// share one axis. Recorded at start, every 10 s and at stop.
struct ClockAnchor {
  base::MonoTime mono;
  base::WallTime wall;
};

// Time since the run's first anchor, on the monotonic axis. Everything that the correlator says is
// in it.
using RunTime = base::Nanos;

// Puts wall time on the run's axis by linear interpolation between the anchors, so a slewed or
// stepped wall clock does not shift packets against probes; before the first and after the last
// anchor both clocks are taken to run alike. Anchors by monotonic time, at least one.
RunTime run_time(std::span<const ClockAnchor> anchors, base::WallTime time);

struct TimeSpan {
  RunTime from{0};
  RunTime to{0};
  bool operator==(const TimeSpan&) const = default;
};

}  // namespace rampart::model
