#include "base/clock.h"

#include <ctime>

namespace rampart::base {
namespace {

Nanos read_clock(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return std::chrono::seconds(t.tv_sec) + Nanos(t.tv_nsec);
}

}  // namespace

MonoTime SystemClock::mono() const noexcept { return MonoTime(read_clock(CLOCK_MONOTONIC)); }
WallTime SystemClock::wall() const noexcept { return WallTime(read_clock(CLOCK_REALTIME)); }

Nanos thread_cpu_time() noexcept { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace rampart::base
