#pragma once

#include <chrono>
#include <cstdint>

namespace rampart::base {

using Nanos = std::chrono::nanoseconds;

// Tags for two time axes that must not mix. Neither has now(): time comes only from a Clock, so
// that tests can inject it. Conversion between the axes happens only in correlator/time_align.
struct MonoAxis {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Nanos;
  using time_point = std::chrono::time_point<MonoAxis>;
  static constexpr bool is_steady = true;
};
struct WallAxis {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Nanos;
  using time_point = std::chrono::time_point<WallAxis>;
  static constexpr bool is_steady = false;
};

using MonoTime = MonoAxis::time_point;  // CLOCK_MONOTONIC
using WallTime = WallAxis::time_point;  // nanoseconds since the Unix epoch, UTC

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonoTime mono() const noexcept = 0;
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
};

// The machine's clocks. Any thread.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] MonoTime mono() const noexcept override;
  [[nodiscard]] WallTime wall() const noexcept override;
};

constexpr double seconds(Nanos n) { return std::chrono::duration<double>(n).count(); }
constexpr double millis(Nanos n) { return std::chrono::duration<double, std::milli>(n).count(); }
constexpr Nanos from_seconds(double s) { return Nanos(static_cast<std::int64_t>(s * 1e9)); }

// CPU time that the calling thread has used, user and system.
[[nodiscard]] Nanos thread_cpu_time() noexcept;

}  // namespace rampart::base
