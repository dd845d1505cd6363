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

}  // namespace rampart::correlator
