#include "base/percent.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace rampart::base {
namespace {

int decimals_for(double percent) {
  const double edge = std::min(percent, 100 - percent);
  if (edge <= 0 || edge >= 0.5) return 1;
  // One digit that is not a 9 (or a 0) is left: 99.98, 0.04.
  return std::clamp(static_cast<int>(std::ceil(-std::log10(edge) - 1e-6)), 1, 6);
}

// 99.9999999 is what arithmetic makes of 100.
double whole_percent(double percent) {
  constexpr double kDust = 1e-6;
  if (percent < kDust) return 0;
  return percent > 100 - kDust ? 100 : percent;
}

}  // namespace

std::string format_percent(double ratio) {
  if (!std::isfinite(ratio)) return "-";
  const double percent = whole_percent(ratio * 100);
  if (percent >= 100 || percent <= 0) return fmt::format("{:.0f} %", percent);
  return fmt::format("{:.{}f} %", percent, decimals_for(percent));
}

std::string format_percents(double low, double high) {
  const double from = whole_percent(low * 100);
  const double to = whole_percent(high * 100);
  const auto digits = std::max(decimals_for(from), decimals_for(to));
  return fmt::format("{:.{}f} to {:.{}f} %", from, from <= 0 ? 0 : digits, to,
                     to >= 100 ? 0 : digits);
}

}  // namespace rampart::base
