#include "exporter/time_limit.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "exporter/request_target.h"

namespace rampart::exporter {
namespace {

constexpr double kUsual = 120;
constexpr double kLongest =
    600;  // where the module has no limit: what a client says is not trusted

// Go's grammar of numbers, but for '_' between digits.
std::from_chars_result read_number(std::string_view text, double& value) {
  const char* const end = text.data() + text.size();
  if (text.starts_with("0x") || text.starts_with("0X")) {
    if (text.find_first_of("pP") == std::string_view::npos)
      return {text.data(), std::errc::invalid_argument};
    return std::from_chars(text.data() + 2, end, value, std::chars_format::hex);
  }
  const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  if (sign) return {text.data(), std::errc::invalid_argument};
  return std::from_chars(text.data(), end, value);
}

base::Result<double> go_float(std::string_view text) {
  auto digits = text;
  const bool sign = text.starts_with('+') || text.starts_with('-');
  if (sign) digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = read_number(digits, value);
  const auto fail = [&](std::string_view why) {
    return base::fail(base::Errc::parse,
                      fmt::format("strconv.ParseFloat: parsing {}: {}", quoted(text), why));
  };
  const bool whole = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && whole) {
    // Too small is nought, too large is no number.
    const bool small = digits.find("e-") != std::string_view::npos ||
                       digits.find("E-") != std::string_view::npos || digits.starts_with("0.0");
    if (!small) return fail("value out of range");
    return 0.0;
  }
  if (error != std::errc() || !whole || digits.empty() || (sign && std::isnan(value)))
    return fail("invalid syntax");
  return text.starts_with('-') ? -value : value;
}

}  // namespace

base::Result<base::Nanos> time_limit(std::string_view header, base::Nanos module, double offset) {
  double scrape = 0;
  if (!header.empty()) {
    RAMPART_TRY(scrape, go_float(header));
  }
  if (scrape == 0 || std::isnan(scrape)) scrape = kUsual;
  const double left = scrape - offset;
  const double own = base::seconds(module);
  if ((own < left && own > 0) || left < 0) return std::max(module, base::Nanos(0));
  return base::from_seconds(std::min(left, std::max(own, kLongest)));
}

}  // namespace rampart::exporter
