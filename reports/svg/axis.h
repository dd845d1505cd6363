#pragma once

#include <string>

#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"

namespace rampart::reports::svg {

// Horizontal grid lines with their values to the left of `plot`; as many as fit its height. The
// topmost value carries `unit`; an axis in "ms" that goes beyond a second has duration_label()s.
void value_axis(Canvas& canvas, const Box& plot, const Scale& scale, bool log,
                std::string_view unit);

// Vertical grid lines over `plot`.
void time_grid(Canvas& canvas, const Box& plot, const Scale& time, double seconds, int most);

// The labels of the same ticks, on the base line `y`.
void time_labels(Canvas& canvas, double y, const Scale& time, double seconds, int most);

// "500", "1k", "2.5k", "0.05".
std::string tick_label(double value);

// "0", "500 us", "20 ms", "1.5 s".
std::string duration_label(double ms);

}  // namespace rampart::reports::svg
