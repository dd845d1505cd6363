#pragma once

#include <optional>
#include <string_view>

namespace rampart::probe {

// A number as Prometheus takes it from pages and writes it in answers: what Go's
// strconv.ParseFloat reads, without hexadecimal and without underscores. What is too small for a
// double is 0; what is too large, and NaN with a sign, is none.
std::optional<double> go_number(std::string_view text);

}  // namespace rampart::probe
