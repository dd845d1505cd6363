#include "correlator/offered_rate.h"

#include <algorithm>

namespace rampart::correlator {
namespace {

double replayed_until(const model::Arrival& arrival, base::Nanos until) {
  const auto& due = arrival.replay;
  const auto end = until >= arrival.duration
                       ? std::upper_bound(due.begin(), due.end(), arrival.duration)
                       : std::lower_bound(due.begin(), due.end(), until);
  return static_cast<double>(end - due.begin());
}

// Arrivals from the start to `until`.
double asked_until(const model::Arrival& arrival, base::Nanos until) {
  double sum = replayed_until(arrival, until);
  base::Nanos begin{0};
  for (const auto& stage : arrival.stages) {
    if (until <= begin) break;
    const double length = base::seconds(stage.over);
    const double passed = std::min(base::seconds(until - begin), length);
    if (length > 0) {
      const double slope = (stage.to.per_second - stage.from.per_second) / length;
      sum += stage.from.per_second * passed + slope * passed * passed / 2;
    }
    begin += stage.over;
  }
  if (arrival.max_requests > 0) sum = std::min(sum, static_cast<double>(arrival.max_requests));
  return sum;
}

}  // namespace

bool scheduled(const model::Arrival& arrival) {
  return arrival.model == model::Arrival::Model::open &&
         !(arrival.stages.empty() && arrival.replay.empty());
}

double asked(const model::Arrival& arrival, base::Nanos from, base::Nanos to) {
  if (arrival.model != model::Arrival::Model::open || to <= from) return 0;
  return asked_until(arrival, to) - asked_until(arrival, from);
}

}  // namespace rampart::correlator
