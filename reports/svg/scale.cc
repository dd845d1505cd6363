#include "reports/svg/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace rampart::reports::svg {

Scale Scale::linear(double low, double high, double low_pixel, double high_pixel) {
  Scale s;
  s.low_ = low;
  s.high_ = high > low ? high : low + 1;
  s.low_pixel_ = low_pixel;
  s.high_pixel_ = high_pixel;
  return s;
}

Scale Scale::logarithmic(double low, double high, double low_pixel, double high_pixel) {
  Scale s = linear(low, high, low_pixel, high_pixel);
  s.log_ = true;
  return s;
}

double Scale::at(double value) const {
  const double v = std::clamp(value, low_, high_);
  const double share =
      log_ ? std::log(v / low_) / std::log(high_ / low_) : (v - low_) / (high_ - low_);
  return low_pixel_ + share * (high_pixel_ - low_pixel_);
}

double nice_above(double value) {
  if (!(value > 0) || !std::isfinite(value)) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (value <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

double nice_below(double value) {
  if (!(value > 0) || !std::isfinite(value)) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {5.0, 2.0})
    if (value >= step * power * (1 - 1e-9)) return step * power;
  return power;
}

std::vector<double> linear_ticks(double high, int wanted) {
  const double step = std::min(nice_above(high / std::max(1, wanted)), nice_below(high));
  std::vector<double> ticks;
  for (int i = 0; i <= 20 && i * step <= high * (1 + 1e-9); ++i) ticks.push_back(i * step);
  return ticks;
}

std::vector<double> log_ticks(double low, double high) {
  std::vector<double> ticks;
  const bool sparse = std::log10(high / low) < 1.6;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10)
    for (const double step : {1.0, 2.0, 5.0}) {
      const double v = step * power;
      if ((step == 1 || sparse) && v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9))
        ticks.push_back(v);
    }
  return ticks;
}

std::vector<double> time_ticks(double seconds, int most) {
  constexpr std::array<double, 17> kSteps{0.1, 0.5, 1,   2,   5,    10,   15,   30,   60,
                                          120, 300, 600, 900, 1800, 3600, 7200, 21600};
  double step = kSteps.back();
  for (const double candidate : kSteps)
    if (seconds / candidate <= most) {
      step = candidate;
      break;
    }
  while (seconds / step > most) step *= 2;
  std::vector<double> ticks;
  for (int i = 0; i * step <= seconds * (1 + 1e-9); ++i) ticks.push_back(i * step);
  return ticks;
}

std::string time_label(double at, double seconds) {
  if (seconds < 120) return fmt::format("{:g} s", std::round(at * 10) / 10);
  const auto total = static_cast<long>(std::lround(at));
  if (seconds < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

}  // namespace rampart::reports::svg
