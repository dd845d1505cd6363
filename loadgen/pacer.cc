#include "loadgen/pacer.h"

#include <algorithm>
#include <cmath>

namespace rampart::loadgen {

using Distribution = model::Arrival::Distribution;

Pacer::Pacer(const model::Arrival& arrival, Share share, std::uint64_t seed)
    : position_(share.index),
      workers_(share.count),
      distribution_(arrival.distribution),
      burst_(arrival.burst),
      left_(arrival.burst),
      step_(static_cast<double>(share.count) * burst_),
      begin_(static_cast<double>(share.index) * burst_),
      mass_(0),
      random_(seed * 0x9E3779B97F4A7C15ULL + share.index) {
  if (!arrival.replay.empty()) {
    const auto& due = arrival.replay;
    replay_ = {due.begin(), std::upper_bound(due.begin(), due.end(), arrival.duration)};
    locate_replayed();
    return;
  }
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
  mass_ = drawn(0);
  locate();
}

// Where the burst is due whose worker's last one was due at `mass`.
double Pacer::drawn(double mass) {
  switch (distribution_) {
    case Distribution::poisson: return mass + gap_(random_) * step_;
    case Distribution::uniform:
      return begin_ + std::uniform_real_distribution<double>(0, burst_)(random_);
    case Distribution::constant: break;
  }
  return begin_ + 0.5 * burst_;
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

void Pacer::locate_replayed() { due_ = position_ < replay_.size() ? replay_[position_] : kNever; }

void Pacer::advance() {
  if (!replay_.empty()) {
    position_ += workers_;
    locate_replayed();
    return;
  }
  if (--left_ > 0) return;
  left_ = burst_;
  begin_ += step_;
  mass_ = drawn(mass_);
  locate();
}

std::uint64_t Pacer::skip_until(base::Nanos until) {
  std::uint64_t passed = 0;
  for (; due_ < until; advance()) ++passed;
  return passed;
}

}  // namespace rampart::loadgen
