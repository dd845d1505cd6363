#include "probe/staleness.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace rampart::probe {

void Staleness::apply(model::ScrapeResult& result) {
  if (!result.up) result.samples.clear();
  std::vector<std::string> now;
  now.reserve(result.samples.size());
  for (const auto& sample : result.samples) now.push_back(sample.series);
  std::vector<std::string> gone;
  std::set_difference(known_.begin(), known_.end(), now.begin(), now.end(),
                      std::back_inserter(gone));
  for (auto& series : gone)
    result.samples.push_back({std::move(series), std::numeric_limits<double>::quiet_NaN(), true});
  before_ = std::move(known_);
  known_ = std::move(now);
}

}  // namespace rampart::probe
