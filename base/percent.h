#pragma once

#include <string>

namespace rampart::base {

// "99.2 %" of a ratio: one decimal, and more near 0 % and 100 %, so that 99.98 % never reads as
// 100 %. "-" where it is not finite.
std::string format_percent(double ratio);

// "73.9 to 94.5 %", both with as many decimals as either needs.
std::string format_percents(double low, double high);

}  // namespace rampart::base
