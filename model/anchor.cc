#include "model/anchor.h"

#include "base/assert.h"

namespace rampart::model {

RunTime run_time(std::span<const ClockAnchor> anchors, base::WallTime time) {
  RAMPART_ASSERT(!anchors.empty());
  const auto origin = anchors.front().mono;
  for (std::size_t i = 0; i + 1 < anchors.size(); ++i) {
    const auto& a = anchors[i];
    const auto& b = anchors[i + 1];
    // A clock that was set back leaves a pair without extent; its times belong to the next pair.
    if (b.wall <= a.wall || time > b.wall || time < a.wall) continue;
    const double share = base::seconds(time - a.wall) / base::seconds(b.wall - a.wall);
    return a.mono - origin + base::from_seconds(share * base::seconds(b.mono - a.mono));
  }
  const auto& nearest = time < anchors.back().wall ? anchors.front() : anchors.back();
  return nearest.mono - origin + (time - nearest.wall);
}

}  // namespace rampart::model
