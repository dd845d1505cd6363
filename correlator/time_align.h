#pragma once

#include <span>
#include <vector>

#include "model/anchor.h"

namespace rampart::correlator {

// Puts both clocks on the run's axis: time since the first anchor, as the monotonic clock counts
// it. Wall time goes through the anchors (model::run_time).
class TimeAlign {
 public:
  // Anchors in any order, at least one.
  explicit TimeAlign(std::span<const model::ClockAnchor> anchors);

  [[nodiscard]] model::RunTime at(base::MonoTime time) const { return time - origin_; }
  [[nodiscard]] model::RunTime at(base::WallTime time) const {
    return model::run_time(anchors_, time);
  }
  // Of the first anchor.
  [[nodiscard]] base::WallTime started() const { return anchors_.front().wall; }

 private:
  std::vector<model::ClockAnchor> anchors_;  // by mono
  base::MonoTime origin_;
};

}  // namespace rampart::correlator
