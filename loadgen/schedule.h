#pragma once

#include <cstdint>

#include "base/clock.h"
#include "loadgen/pacer.h"
#include "model/plan.h"

namespace rampart::loadgen {

// What a load has to start on one worker, and what of it came due, was taken and was missed:
// offered = taken + missed at the end. Open loop: arrivals by the clock, which wait until they are
// taken. Closed loop: as many as are taken,
// each user's next once its last one has ended.
class Schedule {
 public:
  // The arrival must outlive the schedule. most: over all workers, 0: no bound but the arrival's
  // own.
  Schedule(const model::Arrival& arrival, Share share, std::uint64_t seed, std::uint64_t most = 0);

  void start(base::MonoTime start);
  [[nodiscard]] base::MonoTime began() const { return start_; }
  [[nodiscard]] base::MonoTime ends() const { return end_; }
  [[nodiscard]] bool closed_loop() const { return closed_loop_; }

  // hot: whether something may start now: an arrival that came due, or for the closed loop the next
  // one.
  [[nodiscard]] bool ready(base::MonoTime now) const {
    if (!open() || now < start_) return false;
    if (closed_loop_) return active_ < users_;
    return pacer_.due() != Pacer::kNever && due() <= now;
  }
  // hot: takes it; returns when it was due.
  base::MonoTime take(base::MonoTime now);
  // hot: what was taken has ended, its user is free.
  void end() { --active_; }
  // Whether an arrival is still to come or to be taken; then due() says when.
  [[nodiscard]] bool has_next() const {
    return open() && !closed_loop_ && pacer_.due() != Pacer::kNever;
  }
  [[nodiscard]] base::MonoTime due() const { return start_ + pacer_.due(); }
  // Nothing can start any more, except what came due by the end, which has `grace` to leave.
  [[nodiscard]] bool over(base::MonoTime now, base::Nanos grace) const;
  // As many as are wanted have been taken, and all have ended.
  [[nodiscard]] bool finished() const { return bounded_ && remaining_ == 0 && active_ == 0; }

  // Arrivals that came due since the last call, up to `until`.
  std::uint64_t count_offered(base::MonoTime until);
  // No more arrivals. Returns what was offered since the last count, and what was missed of all.
  struct Rest {
    std::uint64_t offered = 0;
    std::uint64_t missed = 0;
  };
  Rest stop(base::MonoTime now);
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  [[nodiscard]] bool open() const { return !stopped_ && (!bounded_ || remaining_ > 0); }

  const bool closed_loop_;
  const bool bounded_;
  const base::Nanos length_;
  Pacer pacer_;    // what to start next
  Pacer counter_;  // a copy that counts what came due
  base::MonoTime start_;
  base::MonoTime end_;
  std::uint64_t most_ = 0;  // this share of max_requests; only where bounded
  std::uint64_t remaining_ = 0;
  std::uint64_t offered_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t users_ = 0;   // closed loop: this share of them
  std::uint64_t active_ = 0;  // taken and not ended
  bool stopped_ = false;
};

}  // namespace rampart::loadgen
