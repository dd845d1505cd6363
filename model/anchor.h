#pragma once

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

struct TimeSpan {
  RunTime from{0};
  RunTime to{0};
  bool operator==(const TimeSpan&) const = default;
};

}  // namespace rampart::model
