#include "reports/svg/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rampart::reports::svg {

std::string tick_label(double value) {
  if (value < 0) return "-" + tick_label(-value);
  if (value >= 1e9) return fmt::format("{:g}G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:g}k", value / 1e3);
  return fmt::format("{:.4g}", value);
}

std::string duration_label(double ms) {
  if (ms == 0) return "0";
  if (ms < 1) return fmt::format("{:.4g} us", ms * 1e3);
  return ms < 1e3 ? fmt::format("{:.4g} ms", ms) : fmt::format("{:.4g} s", ms / 1e3);
}

void value_axis(Canvas& canvas, const Box& plot, const Scale& scale, bool log,
                std::string_view unit) {
  const int fit = std::clamp(static_cast<int>(plot.height / 26), 1, 5);
  const auto ticks = log ? log_ticks(scale.low(), scale.high()) : linear_ticks(scale.high(), fit);
  if (scale.low() < 0)
    canvas.text(plot.x - 6, plot.bottom() + 3.5, Anchor::end, "tick", tick_label(scale.low()));
  const bool mixed = unit == "ms" && !ticks.empty() && ticks.back() >= 1e3;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double y = scale.at(ticks[i]);
    canvas.line(plot.x, y, plot.right(), y, i == 0 && !log ? "base" : "grid");
    const bool top = i + 1 == ticks.size();
    const auto separator = top && !unit.empty() && !unit.starts_with("/") ? " " : "";
    canvas.text(plot.x - 6, y + 3.5, Anchor::end, "tick",
                mixed ? duration_label(ticks[i])
                      : tick_label(ticks[i]) + (top ? separator + std::string(unit) : ""));
  }
}

void time_grid(Canvas& canvas, const Box& plot, const Scale& time, double seconds, int most) {
  for (const double t : time_ticks(seconds, most))
    canvas.line(time.at(t), plot.y, time.at(t), plot.bottom(), "grid");
}

void time_labels(Canvas& canvas, double y, const Scale& time, double seconds, int most) {
  for (const double t : time_ticks(seconds, most)) {
    const bool last = t > seconds * 0.97;
    canvas.text(time.at(t) + (last ? 3 : 0), y, last ? Anchor::end : Anchor::middle, "tick",
                time_label(t, seconds));
  }
}

}  // namespace rampart::reports::svg
