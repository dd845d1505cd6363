#include "exporter/duration_histogram.h"

#include <algorithm>
#include <limits>

#include "reports/exposition_text.h"

namespace rampart::exporter {

void DurationHistogram::add(base::Nanos duration) {
  const double took = base::seconds(duration);
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), took);
  ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
  sum_ += took;
}

void DurationHistogram::append_to(
    model::MetricFamily& family,
    const std::vector<std::pair<std::string, std::string>>& labels) const {
  double count = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    count += static_cast<double>(counts_[i]);
    const double bound = i < kBounds.size() ? kBounds[i] : std::numeric_limits<double>::infinity();
    auto with_bound = labels;
    with_bound.emplace_back("le", reports::exposition_number(bound));
    family.series.push_back({std::move(with_bound), count, "_bucket"});
  }
  family.series.push_back({labels, sum_, "_sum"});
  family.series.push_back({labels, count, "_count"});
}

}  // namespace rampart::exporter
