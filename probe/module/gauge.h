#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/clock.h"
#include "model/metric.h"

namespace rampart::probe {

// A family of one series without labels.
inline model::MetricFamily gauge(std::string name, std::string help, double value) {
  return {std::move(name), std::move(help), model::MetricFamily::Type::gauge, {{{}, value}}};
}

inline double flag(bool value) { return value ? 1 : 0; }

inline double unix_seconds(base::WallTime at) { return base::seconds(at.time_since_epoch()); }
inline double unix_seconds(std::chrono::sys_seconds at) {
  return static_cast<double>(at.time_since_epoch().count());
}

}  // namespace rampart::probe
