#include "reports/run_axis.h"

#include <algorithm>

namespace rampart::reports {

RunAxis::RunAxis(const model::Evidence& evidence) : anchors_(evidence.anchors) {
  start_ = anchors_.empty() ? evidence.end : anchors_.front().mono;
  seconds_ = std::max(0.0, base::seconds(evidence.end - start_));
}

double RunAxis::at(base::MonoTime time) const { return base::seconds(time - start_); }

double RunAxis::at(base::WallTime time) const {
  if (anchors_.empty()) return 0;
  // The last anchor at or before `time`; between two anchors the clocks run linearly.
  const auto after =
      std::upper_bound(anchors_.begin(), anchors_.end(), time,
                       [](base::WallTime t, const model::ClockAnchor& a) { return t < a.wall; });
  const auto& left = after == anchors_.begin() ? anchors_.front() : *(after - 1);
  const double since = base::seconds(time - left.wall);
  if (after == anchors_.begin() || after == anchors_.end()) return at(left.mono) + since;
  const double wall = base::seconds(after->wall - left.wall);
  const double mono = base::seconds(after->mono - left.mono);
  return at(left.mono) + (wall > 0 ? since * mono / wall : since);
}

}  // namespace rampart::reports
