#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/metric.h"

namespace rampart::exporter {

// How long probes took, in the form of a Prometheus histogram.
class DurationHistogram {
 public:
  // Upper bounds, in seconds, each included; there is one without a bound behind them.
  static constexpr std::array kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                      0.25,  0.5,    1.0,   2.5,  5.0,   10.0, 30.0};

  void add(base::Nanos duration);
  // Its series behind those of `family`, each with `labels`.
  void append_to(model::MetricFamily& family,
                 const std::vector<std::pair<std::string, std::string>>& labels) const;

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;  // seconds
};

}  // namespace rampart::exporter
