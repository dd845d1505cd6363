#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "net/loop.h"

namespace rampart::loadgen {

// Turns of very many slow channels, from one tick and without a timer each: a wheel of lists with a
// slot for each 10 ms (Varghese and Lauck 1987, scheme 4; what is farther than a round comes by
// again). All operations are O(1). A turn comes up to two ticks late, never early. Loop thread
// only.
class PaceWheel {
 public:
  class Turn;
  class Listener {
   public:
    // The turn is over; it may be asked for again.
    virtual void on_turn(Turn& turn, base::MonoTime now) = 0;

   protected:
    ~Listener() = default;
  };
  // Leaves the wheel when destroyed. The listener must outlive it.
  class Turn : private net::RingLink {
   public:
    explicit Turn(Listener& listener) : listener_(listener) {}
    // No call to the listener after it.
    void cancel() { unlink(); }

   private:
    friend class PaceWheel;
    Listener& listener_;
    base::MonoTime due_;
  };

  explicit PaceWheel(const base::Clock& clock);

  [[nodiscard]] base::MonoTime now() const { return clock_.mono(); }
  // hot: asks for the turn at `due`, instead of an earlier ask. One that is due comes with the next
  // tick.
  void ask(Turn& turn, base::MonoTime due);
  // hot: calls those whose turn it is. Every 10 ms or so; after a longer pause it catches up.
  void tick(base::MonoTime now);

 private:
  static constexpr std::int64_t kSlots = 64;

  net::RingLink& slot(std::int64_t number) {
    return slots_[static_cast<std::size_t>(number % kSlots)];
  }

  const base::Clock& clock_;
  std::array<net::RingLink, kSlots> slots_;  // heads
  std::int64_t passed_;                      // number of the slot that was called last
};

}  // namespace rampart::loadgen
