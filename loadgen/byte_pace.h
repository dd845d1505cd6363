#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace rampart::loadgen {

// How many bytes may pass at an even rate, in pieces: whole segments where the rate is high, four
// pieces a second or one byte each where it is low. What a late caller did not take is made up for,
// up to a tenth of a second.
class BytePace {
 public:
  // More than 0.
  explicit BytePace(std::uint64_t bytes_per_second);

  // Counts from now on.
  void restart(base::MonoTime now);
  // hot: what may pass now, at most `most`; it counts as passed.
  std::size_t take(base::MonoTime now, std::size_t most);
  // From the last take() or restart() until the next piece is due, where `left` more are wanted.
  [[nodiscard]] base::Nanos wait(std::size_t left) const;

 private:
  const double rate_;   // bytes per second
  const double piece_;  // bytes, at least 1
  double credit_ = 0;   // bytes
  base::MonoTime at_;   // where credit_ was counted
};

}  // namespace rampart::loadgen
