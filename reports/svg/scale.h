#pragma once

#include <string>
#include <vector>

namespace rampart::reports::svg {

// Maps values to pixels, linearly or by logarithm. A value outside the domain is clamped.
class Scale {
 public:
  // `low_pixel` may be the greater one, as for a vertical axis.
  static Scale linear(double low, double high, double low_pixel, double high_pixel);
  // Needs 0 < low < high.
  static Scale logarithmic(double low, double high, double low_pixel, double high_pixel);

  [[nodiscard]] double at(double value) const;
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  bool log_ = false;
  double low_ = 0;
  double high_ = 1;
  double low_pixel_ = 0;
  double high_pixel_ = 1;
};

// The multiple of 1, 2 or 5 times a power of ten at or above `value`.
double nice_above(double value);
// The one at or below it.
double nice_below(double value);

// About `wanted` round values from 0 to `high`; always 0 and at least one more.
std::vector<double> linear_ticks(double high, int wanted);

// Powers of ten from `low` to `high`, with 2 and 5 between where there are few.
std::vector<double> log_ticks(double low, double high);

// Seconds: round in the units of time (1, 2, 5, 10, 15, 30 s, min, h), at most `most`.
std::vector<double> time_ticks(double seconds, int most);

// "0:30", "1:02:00"; "12 s" where the whole run is short.
std::string time_label(double at, double seconds);

}  // namespace rampart::reports::svg
