#pragma once

#include "base/clock.h"

namespace rampart::testing {

// A clock that stands still until it is told to move. Both axes move together. One thread.
class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(base::MonoTime mono = base::MonoTime(base::Nanos(1'000'000'000)),
                     base::WallTime wall = base::WallTime(base::Nanos(1'700'000'000'000'000'000)))
      : mono_(mono), wall_(wall) {}

  [[nodiscard]] base::MonoTime mono() const noexcept override { return mono_; }
  [[nodiscard]] base::WallTime wall() const noexcept override { return wall_; }

  void advance(base::Nanos by) {
    mono_ += by;
    wall_ += by;
  }
  // A step of the wall clock alone, as NTP or an operator makes it.
  void step_wall(base::Nanos by) { wall_ += by; }

 private:
  base::MonoTime mono_;
  base::WallTime wall_;
};

}  // namespace rampart::testing
