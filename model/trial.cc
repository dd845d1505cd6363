#include "model/trial.h"

#include <algorithm>
#include <cmath>

namespace rampart::model {

base::Nanos warm_up(const FindSpec& find) {
  constexpr base::Nanos kSecond = std::chrono::seconds(1);
  return std::max(kSecond, kSecond * ((find.step / 5) / kSecond));
}

std::uint32_t most_trials(const FindSpec& find) {
  const auto steps = [](double ratio) {
    // A stored plan may say anything.
    return static_cast<std::uint32_t>(
        std::ceil(std::log2(ratio > 1 ? std::min(ratio, 1e12) : 1.0)));
  };
  const auto doublings = steps(find.most.per_second / find.from.per_second) + 1;
  const auto halvings = steps(1 / find.precision.value);
  // Twice the rest: enough to start over where a first impression was wrong.
  return doublings + 2 * (halvings + 2 * find.repeats);
}

base::Nanos longest(const FindSpec& find) {
  const auto each = kTrialLead + find.step + kTrialTail + kTrialDrain + kTrialRecovery;
  return most_trials(find) * each;
}

}  // namespace rampart::model
