#include "correlator/time_align.h"

#include <algorithm>

#include "base/assert.h"

namespace rampart::correlator {

TimeAlign::TimeAlign(std::span<const model::ClockAnchor> anchors)
    : anchors_(anchors.begin(), anchors.end()) {
  RAMPART_ASSERT(!anchors_.empty());
  std::stable_sort(anchors_.begin(), anchors_.end(),
                   [](const auto& a, const auto& b) { return a.mono < b.mono; });
  origin_ = anchors_.front().mono;
}

model::RunTime TimeAlign::at(base::WallTime time) const {
  if (time <= anchors_.front().wall) return time - anchors_.front().wall;
  for (std::size_t i = 0; i + 1 < anchors_.size(); ++i) {
    const auto& a = anchors_[i];
    const auto& b = anchors_[i + 1];
    // A clock that was set back leaves a pair without extent; its times belong to the next pair.
    if (b.wall <= a.wall || time > b.wall || time < a.wall) continue;
    const double share = base::seconds(time - a.wall) / base::seconds(b.wall - a.wall);
    return at(a.mono) + base::from_seconds(share * base::seconds(b.mono - a.mono));
  }
  return at(anchors_.back().mono) + (time - anchors_.back().wall);
}

}  // namespace rampart::correlator
