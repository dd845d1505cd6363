#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "base/clock.h"
#include "model/plan.h"

namespace rampart::loadgen {

// One worker's part of an open-loop schedule: worker `index` of `count` takes every count-th
// arrival.
struct Share {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

// When requests are due, in nanoseconds from the load's start.
//
// The cumulative number of arrivals L(t) is the integral of the stages' rate. Constant: global
// arrival k is due where L(t) = k + 1/2, so that workers interleave and totals are exact. Poisson:
// each worker walks L in exponential steps of mean `count` (a thinned inhomogeneous process by time
// rescaling; Lewis and Shedler 1979). Uniform: global arrival k is due at random between L(t) = k
// and k + 1. With bursts of b the same holds for the bursts, at a b-th of the rate; each is whole
// on one worker. Always one inversion of a quadratic per arrival or burst, no drift.
//
// Replay: the plan says the instants itself. Arrival i is of worker i % count, and none is later
// than the load's duration; distribution and burst say nothing then.
class Pacer {
 public:
  static constexpr base::Nanos kNever = base::Nanos::max();

  // The arrival must outlive the pacer and its copies where it replays.
  Pacer(const model::Arrival& arrival, Share share, std::uint64_t seed);

  // The next arrival; kNever once the schedule is over.
  [[nodiscard]] base::Nanos due() const { return due_; }
  // hot
  void advance();
  // Passes over every arrival due before `until` and says how many there were.
  std::uint64_t skip_until(base::Nanos until);

 private:
  struct Segment {
    double begin_mass;     // L at the segment's start
    double begin_seconds;  // from the load's start
    double rate;           // per second at the start
    double slope;          // change of the rate per second
    double mass;           // arrivals in the segment
  };

  void locate();
  void locate_replayed();
  [[nodiscard]] double drawn(double mass);

  std::span<const base::Nanos> replay_;  // up to the load's end; empty: segments_ say what is due
  std::size_t position_;                 // in replay_
  std::size_t workers_;
  std::vector<Segment> segments_;
  std::size_t current_ = 0;
  model::Arrival::Distribution distribution_;
  std::uint32_t burst_;
  std::uint32_t left_;  // of the burst that is due
  double step_;         // mass between two bursts of this worker
  double begin_;        // constant, uniform: mass before the burst
  double mass_;         // where the next burst is due
  std::mt19937_64 random_;
  std::exponential_distribution<double> gap_;
  base::Nanos due_ = kNever;
};

}  // namespace rampart::loadgen
