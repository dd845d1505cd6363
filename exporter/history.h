#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/probe.h"

namespace rampart::exporter {

// One probe that was asked for and ended.
struct PastProbe {
  std::uint64_t id = 0;
  base::WallTime start = {};
  base::Nanos duration{0};
  std::string module = {};
  std::string target = {};
  bool success = false;
  model::ProbeReason reason = model::ProbeReason::none;
  std::string account = {};  // what debug=true shows; cut where it is long
};

// The last probes and, apart from them, the last failed ones: as many of each as the limit says, so
// that a failure is still there when somebody comes to look. Loop thread only.
class History {
 public:
  static constexpr std::size_t kLongestAccount = 64U << 10;  // bytes

  explicit History(std::size_t limit) : limit_(limit) {}

  // Gives it the next id, from 0 on.
  void add(PastProbe&& probe);
  // Null: there is none, or no longer.
  [[nodiscard]] const PastProbe* find(std::uint64_t id) const;
  // The newest one first.
  [[nodiscard]] std::vector<const PastProbe*> newest_first() const;

 private:
  const std::size_t limit_;
  std::uint64_t next_ = 0;
  std::deque<PastProbe> recent_;  // the oldest one first, as below
  std::deque<PastProbe> failed_;  // that are no longer among the recent ones
};

}  // namespace rampart::exporter
