#include "correlator/baseline.h"

#include <algorithm>
#include <cmath>

namespace rampart::correlator {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 != 0) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double Baseline::limit(double floor) const {
  return std::max({3 * level, level + 6 * spread, level + floor});
}

Baseline baseline_of(std::vector<double> values) {
  Baseline b;
  b.samples = values.size();
  std::sort(values.begin(), values.end());
  values.resize((values.size() + 1) / 2);
  b.level = median(values);
  for (auto& v : values) v = std::abs(v - b.level);
  b.spread = 1.4826 * median(std::move(values));
  return b;
}

}  // namespace rampart::correlator
