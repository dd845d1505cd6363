#pragma once

#include "model/evidence.h"

namespace rampart::reports {

// Places a run's records on one axis, seconds since its first anchor. Wall times go through the
// anchors as the correlator's do (model::run_time), so that an alert stands where its verdict says.
class RunAxis {
 public:
  // Borrows `evidence`.
  explicit RunAxis(const model::Evidence& evidence);

  [[nodiscard]] double at(base::MonoTime time) const;
  [[nodiscard]] double at(base::WallTime time) const;
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  const std::vector<model::ClockAnchor>& anchors_;
  base::MonoTime start_;
  double seconds_ = 0;  // to the stop
};

}  // namespace rampart::reports
