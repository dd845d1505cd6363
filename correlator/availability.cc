#include "correlator/availability.h"

#include <algorithm>
#include <cmath>

namespace rampart::correlator {

double z_of(double confidence) {
  const double wanted = std::clamp(confidence, 0.0, 1 - 1e-12);
  double low = 0;
  double high = 10;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < wanted ? low : high) = middle;
  }
  return (low + high) / 2;
}

model::Interval wilson(std::uint64_t successes, std::uint64_t total, double confidence) {
  if (total == 0) return {};
  const auto n = static_cast<double>(total);
  const double p = static_cast<double>(std::min(successes, total)) / n;
  const double z = z_of(confidence);
  const double scale = 1 + z * z / n;
  const double middle = (p + z * z / (2 * n)) / scale;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

model::Outcome at_least(double wanted, const model::Interval& interval) {
  if (interval.low >= wanted) return model::Outcome::met;
  if (interval.high < wanted) return model::Outcome::missed;
  return model::Outcome::undecided;
}

model::Outcome below(double limit, const model::Interval& interval) {
  if (interval.high < limit) return model::Outcome::met;
  if (interval.low >= limit) return model::Outcome::missed;
  return model::Outcome::undecided;
}

}  // namespace rampart::correlator
