#include "base/cpu_steal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rampart::base {
namespace {

// user nice system idle iowait irq softirq steal; guest times after them are in user already.
constexpr std::size_t kFields = 8;
constexpr std::size_t kSteal = 7;
constexpr std::size_t kFirstLine = 256;

}  // namespace

std::optional<CpuTimes> parse_cpu_times(std::string_view stat) {
  constexpr std::string_view kName = "cpu ";
  if (!stat.starts_with(kName)) return std::nullopt;
  const auto* at = stat.data() + kName.size();
  const auto* end = stat.data() + std::min(stat.find('\n'), stat.size());
  CpuTimes out;
  for (std::size_t field = 0; field < kFields; ++field) {
    while (at != end && *at == ' ') ++at;
    std::uint64_t ticks = 0;
    const auto [next, error] = std::from_chars(at, end, ticks);
    if (error != std::errc{}) return std::nullopt;
    at = next;
    out.total += ticks;
    if (field == kSteal) out.steal = ticks;
  }
  return out;
}

double stolen_share(const CpuTimes& before, const CpuTimes& after) {
  // The kernel's counters may step back by a tick.
  if (after.total <= before.total || after.steal <= before.steal) return 0;
  const auto stolen = static_cast<double>(after.steal - before.steal);
  return std::min(1.0, stolen / static_cast<double>(after.total - before.total));
}

StealMeter::StealMeter(const std::string& path)
    : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      tick_seconds_(1.0 / static_cast<double>(std::max(sysconf(_SC_CLK_TCK), 1L)) /
                    static_cast<double>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L))),
      last_(read()) {}

StealMeter::~StealMeter() {
  if (file_ >= 0) static_cast<void>(close(file_));
}

std::optional<CpuTimes> StealMeter::read() const noexcept {
  std::array<char, kFirstLine> text{};
  const auto got = file_ < 0 ? -1 : pread(file_, text.data(), text.size(), 0);
  if (got <= 0) return std::nullopt;
  return parse_cpu_times({text.data(), static_cast<std::size_t>(got)});
}

Nanos StealMeter::take() noexcept {
  const auto now = read();
  Nanos stolen{0};
  if (now && last_ && now->steal > last_->steal)
    stolen = from_seconds(static_cast<double>(now->steal - last_->steal) * tick_seconds_);
  if (now) last_ = now;
  return stolen;
}

}  // namespace rampart::base
