#include "runner/breaker.h"

#include <fmt/core.h>

#include "base/units.h"

namespace rampart::runner {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void Breaker::Streak::feed(base::Nanos length, bool data, bool holds) {
  if (!data) {
    if (held.count() > 0) silent += length;
    return;
  }
  held = holds ? held + silent + length : base::Nanos(0);
  silent = base::Nanos(0);
}

std::optional<std::string> Breaker::feed(const Second& s) {
  if (limits_.availability_below) {
    const bool low =
        s.probes > 0 && share(s.probes_ok, s.probes) < limits_.availability_below->value;
    availability_low_.feed(s.length, s.probes > 0, low);
    if (low && availability_low_.held >= limits_.availability_over)
      return fmt::format("availability below {:g} % for {}",
                         limits_.availability_below->value * 100,
                         base::format_duration(limits_.availability_over));
  }
  if (limits_.errors_above) {
    const bool high = s.ended > 0 && share(s.failed, s.ended) > limits_.errors_above->value;
    errors_high_.feed(s.length, s.ended > 0, high);
    if (high && errors_high_.held >= limits_.errors_over)
      return fmt::format("errors above {:g} % for {}", limits_.errors_above->value * 100,
                         base::format_duration(limits_.errors_over));
  }
  return std::nullopt;
}

}  // namespace rampart::runner
