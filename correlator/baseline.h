#pragma once

#include <cstddef>
#include <vector>

namespace rampart::correlator {

// Middle value; 0 where empty.
double median(std::vector<double> values);

// What a series is when all is well, taken from the run itself: median and spread (1.4826 MAD, so
// that it compares with a standard deviation) of its lower half. The lower half holds while less
// than about two thirds of the run are disturbed, whichever part that is.
struct Baseline {
  double level = 0;
  double spread = 0;
  std::size_t samples = 0;

  [[nodiscard]] bool known() const { return samples >= 4; }
  // A value above it is out of the ordinary: three times the level, six spreads and `floor` above
  // it, whichever is the greatest. A single one means little; see episode.h for the run rules.
  [[nodiscard]] double limit(double floor) const;
};
Baseline baseline_of(std::vector<double> values);

}  // namespace rampart::correlator
