#pragma once

#include <span>
#include <vector>

#include "model/anchor.h"

namespace rampart::correlator {

// Puts both clocks on the run's axis: time since the first anchor, as the monotonic clock counts
// it. Wall time goes through the anchors by linear interpolation, so a slewed or stepped wall clock
// does not shift packets against probes; before the first and after the last anchor both clocks are
// taken to run alike.
class TimeAlign {
 public:
  // Anchors in any order, at least one.
  explicit TimeAlign(std::span<const model::ClockAnchor> anchors);

  [[nodiscard]] model::RunTime at(base::MonoTime time) const { return time - origin_; }
  [[nodiscard]] model::RunTime at(base::WallTime time) const;
  // Of the first anchor.
  [[nodiscard]] base::WallTime started() const { return anchors_.front().wall; }

 private:
  std::vector<model::ClockAnchor> anchors_;  // by mono
  base::MonoTime origin_;
};

}  // namespace rampart::correlator
