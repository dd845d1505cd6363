#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/metric.h"

namespace rampart::reports {

// The content type of a page that render_exposition gives.
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

// A page of the Prometheus text format 0.0.4, families and series as they come: HELP and TYPE of
// each family, then its series. What is no UTF-8 becomes U+FFFD. Names must be names of the format.
std::string render_exposition(std::span<const model::MetricFamily> families);

// As Go's strconv writes the shortest form: "0.5", "1e+06", "NaN", "+Inf".
std::string exposition_number(double value);

}  // namespace rampart::reports
