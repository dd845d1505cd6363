#include "reports/run_axis.h"

#include <algorithm>

namespace rampart::reports {

RunAxis::RunAxis(const model::Evidence& evidence) : anchors_(evidence.anchors) {
  start_ = anchors_.empty() ? evidence.end : anchors_.front().mono;
  seconds_ = std::max(0.0, base::seconds(evidence.end - start_));
}

double RunAxis::at(base::MonoTime time) const { return base::seconds(time - start_); }

double RunAxis::at(base::WallTime time) const {
  return anchors_.empty() ? 0 : base::seconds(model::run_time(anchors_, time));
}

}  // namespace rampart::reports
