#include "probe/schedule.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace rampart::probe {

Schedule::Schedule(base::MonoTime first, base::Nanos interval, base::MonoTime end)
    : due_(first), interval_(interval), end_(end) {
  RAMPART_ASSERT(interval > base::Nanos(0));
}

std::optional<base::MonoTime> Schedule::next() const {
  if (due_ >= end_) return std::nullopt;
  return due_;
}

bool Schedule::take(base::MonoTime now, bool busy) {
  const auto until = std::min(now, end_ - base::Nanos(1));
  if (due_ > until) return false;
  const auto count = (until - due_) / interval_ + 1;
  due_ += count * interval_;
  auto beyond = static_cast<std::uint64_t>(count);
  const bool first_counts = !busy || !std::exchange(waiting_, true);
  if (first_counts) --beyond;
  if (first_counts && busy) ++late_;
  skipped_ += beyond;
  return !busy;
}

bool Schedule::take_waiting() { return std::exchange(waiting_, false); }

base::Nanos Schedule::offset(std::size_t index, std::size_t count, base::Nanos room) {
  const auto places = static_cast<std::int64_t>(count);
  const auto wanted =
      std::max<base::Nanos>(std::chrono::seconds(1), std::chrono::milliseconds(places));
  return std::min(room, wanted) * static_cast<std::int64_t>(index) / places;
}

}  // namespace rampart::probe
