#include "runner/breaker.h"

#include <fmt/core.h>

#include "base/units.h"

namespace rampart::runner {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::optional<std::string> Breaker::feed(const Second& s) {
  if (limits_.availability_below && s.probes > 0) {
    const bool low = share(s.probes_ok, s.probes) < limits_.availability_below->value;
    availability_low_ = low ? availability_low_ + s.length : base::Nanos(0);
    if (low && availability_low_ >= limits_.availability_over)
      return fmt::format("stop_when: availability below {:g} % for {}",
                         limits_.availability_below->value * 100,
                         base::format_duration(limits_.availability_over));
  }
  if (limits_.errors_above && s.ended > 0) {
    const bool high = share(s.failed, s.ended) > limits_.errors_above->value;
    errors_high_ = high ? errors_high_ + s.length : base::Nanos(0);
    if (high && errors_high_ >= limits_.errors_over)
      return fmt::format("stop_when: errors above {:g} % for {}", limits_.errors_above->value * 100,
                         base::format_duration(limits_.errors_over));
  }
  return std::nullopt;
}

}  // namespace rampart::runner
