#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace rampart::probe {

// Fixed-rate starts at first, first + interval, ... before `end`. Pure arithmetic: the caller has
// the clock and the timer.
class Schedule {
 public:
  // interval > 0.
  Schedule(base::MonoTime first, base::Nanos interval, base::MonoTime end);

  // When the next start comes due; empty where none is left.
  [[nodiscard]] std::optional<base::MonoTime> next() const;

  // Takes all starts that are due at `now`. True where one is to begin now. `busy`: the check
  // before it still runs; then the first start waits and counts as late. Starts beyond that one are
  // skipped and counted.
  [[nodiscard]] bool take(base::MonoTime now, bool busy);

  // A late start waits for the running check to end.
  [[nodiscard]] bool waiting() const { return waiting_; }
  // Takes it.
  [[nodiscard]] bool take_waiting();

  [[nodiscard]] std::uint64_t late() const { return late_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

  // Offset of check `index` of `count` from the start of the run: spread over one interval, but
  // over one second at most, so that slow checks begin early too; more than a thousand over a
  // millisecond each, so that they do not come in a burst. `room`: the interval, or the run where
  // that is shorter.
  static base::Nanos offset(std::size_t index, std::size_t count, base::Nanos room);

 private:
  base::MonoTime due_;
  base::Nanos interval_;
  base::MonoTime end_;
  bool waiting_ = false;
  std::uint64_t late_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace rampart::probe
