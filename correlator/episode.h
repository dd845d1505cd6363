#pragma once

#include <vector>

#include "correlator/timeline.h"

namespace rampart::correlator {

// A stretch of trouble of one target with one leading symptom. Episodes of a target do not overlap.
struct Episode {
  model::TimeSpan window;  // from the first bad observation's start to the last one's end
  Symptom symptom = Symptom::other;
  std::size_t probe_marks = 0;
  std::size_t load_marks = 0;
};

// Groups bad observations into episodes. Run rules (after the Western Electric rules: judge runs of
// points beyond a limit, not single points) keep noise out: failures need two observations and a
// third of all probes in the window; slowness needs three observations over two seconds. A lost
// probe or one slow second is no episode. Slowness just before or after a failure belongs to it.
std::vector<Episode> find_episodes(const TargetView& view);

}  // namespace rampart::correlator
