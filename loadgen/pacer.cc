#include "loadgen/pacer.h"

#include <algorithm>
#include <cmath>

namespace rampart::loadgen {

Pacer::Pacer(const model::Arrival& arrival, Share share, std::uint64_t seed)
    : poisson_(arrival.distribution == model::Arrival::Distribution::poisson),
      step_(share.count),
      mass_(share.index + 0.5),
      random_(seed * 0x9E3779B97F4A7C15ULL + share.index) {
  double mass = 0;
  double at = 0;
  for (const auto& stage : arrival.stages) {
    const double length = base::seconds(stage.over);
    const double r0 = stage.from.per_second;
    const double r1 = stage.to.per_second;
    const double arrivals = (r0 + r1) / 2 * length;
    if (length > 0 && arrivals > 0)
      segments_.push_back({mass, at, r0, (r1 - r0) / length, arrivals});
    mass += arrivals;
    at += length;
  }
  if (poisson_) mass_ = gap_(random_) * step_;
  locate();
}

// Solves rate * t + slope * t^2 / 2 = m for t, in the form that does not cancel.
void Pacer::locate() {
  while (current_ < segments_.size() &&
         mass_ >= segments_[current_].begin_mass + segments_[current_].mass)
    ++current_;
  if (current_ == segments_.size()) {
    due_ = kNever;
    return;
  }
  const auto& s = segments_[current_];
  const double m = mass_ - s.begin_mass;
  const double root = std::sqrt(std::max(0.0, s.rate * s.rate + 2 * s.slope * m));
  const double t = s.rate + root > 0 ? 2 * m / (s.rate + root) : 0;
  due_ = base::from_seconds(s.begin_seconds + t);
}

void Pacer::advance() {
  mass_ += poisson_ ? gap_(random_) * step_ : step_;
  locate();
}

std::uint64_t Pacer::skip_until(base::Nanos until) {
  std::uint64_t passed = 0;
  for (; due_ < until; advance()) ++passed;
  return passed;
}

}  // namespace rampart::loadgen
