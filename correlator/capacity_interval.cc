#include "correlator/capacity_interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace rampart::correlator {
namespace {

constexpr int kCapacities = 1500;  // tried between the lowest and the highest rate
constexpr int kWidths = 24;
constexpr double kNarrowest = 0.002;  // of the curve, in units of ln(rate)
constexpr double kWidest = 2;
constexpr double kHalfChiSquared = 1.92;

struct Vote {
  double at = 0;  // ln(rate)
  bool kept = false;
};

double log_likelihood(const std::vector<Vote>& votes, double capacity, double width) {
  double sum = 0;
  for (const auto& vote : votes) {
    const double past = (vote.at - capacity) / width;
    sum -= std::log1p(std::exp(vote.kept ? past : -past));
  }
  return sum;
}

double profile(const std::vector<Vote>& votes, double capacity) {
  double best = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < kWidths; ++i) {
    const double width =
        kNarrowest * std::pow(kWidest / kNarrowest, static_cast<double>(i) / (kWidths - 1));
    best = std::max(best, log_likelihood(votes, capacity, width));
  }
  return best;
}

}  // namespace

std::optional<model::RateInterval> capacity_interval(std::span<const model::Trial> trials,
                                                     base::Rps found) {
  std::vector<Vote> votes;
  for (const auto& trial : trials)
    if (trial.outcome != model::TrialOutcome::client_limited)
      votes.push_back(
          {std::log(trial.rate.per_second), trial.outcome == model::TrialOutcome::kept});
  const auto is_kept = [](const Vote& vote) { return vote.kept; };
  if (std::all_of(votes.begin(), votes.end(), is_kept) ||
      std::none_of(votes.begin(), votes.end(), is_kept))
    return std::nullopt;
  const auto [lowest, highest] = std::minmax_element(
      votes.begin(), votes.end(), [](const Vote& a, const Vote& b) { return a.at < b.at; });
  std::vector<double> logs;
  const auto capacity = [&](int i) {
    return lowest->at + (highest->at - lowest->at) * i / (kCapacities - 1);
  };
  for (int i = 0; i < kCapacities; ++i) logs.push_back(profile(votes, capacity(i)));
  const double bar = *std::max_element(logs.begin(), logs.end()) - kHalfChiSquared;
  const auto likely = [bar](double log) { return log >= bar; };
  // Rounded outwards to the grid.
  int first = 0;
  while (first + 1 < kCapacities && !likely(logs[static_cast<std::size_t>(first) + 1])) ++first;
  int last = kCapacities - 1;
  while (last > first && !likely(logs[static_cast<std::size_t>(last) - 1])) --last;
  return model::RateInterval{std::min(std::exp(capacity(first)), found.per_second),
                             std::max(std::exp(capacity(last)), found.per_second)};
}

}  // namespace rampart::correlator
