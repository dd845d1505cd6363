#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace rampart::base {

// What the kernel has counted since boot, summed over all CPUs, in its ticks (USER_HZ; proc(5)).
struct CpuTimes {
  std::uint64_t total = 0;  // idle time included
  std::uint64_t steal = 0;  // that the hypervisor gave to other guests
};

// From the text of /proc/stat, whose first line is read. Nullopt where that is not its "cpu" line.
std::optional<CpuTimes> parse_cpu_times(std::string_view stat);

// The share of all CPU time between two readings that was stolen, 0 to 1.
double stolen_share(const CpuTimes& before, const CpuTimes& after);

// How much time the hypervisor takes away, from one moment to the next. The file stays open and a
// reading allocates nothing. One thread at a time.
class StealMeter {
 public:
  // Counts from here on. Where the file cannot be read, nothing is ever stolen.
  explicit StealMeter(const std::string& path = "/proc/stat");
  ~StealMeter();
  StealMeter(const StealMeter&) = delete;
  StealMeter& operator=(const StealMeter&) = delete;

  // Time stolen since the last call, mean over all CPUs.
  [[nodiscard]] Nanos take() noexcept;

 private:
  [[nodiscard]] std::optional<CpuTimes> read() const noexcept;

  int file_ = -1;
  double tick_seconds_ = 0;  // of one CPU's share of a tick
  std::optional<CpuTimes> last_;
};

}  // namespace rampart::base
