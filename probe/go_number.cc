#include "probe/go_number.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace rampart::probe {
namespace {

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

// Of the decimal digits of a number that is not 0, which std::from_chars read and found too large
// or too small, without telling which: whether it is below 1.
bool is_small(std::string_view digits) {
  constexpr std::int64_t kFar = 1'000'000'000;  // beyond what a text in memory can shift
  const auto letter = digits.find_first_of("eE");
  const auto mantissa = digits.substr(0, letter);
  std::int64_t exponent = 0;
  if (letter != std::string_view::npos) {
    auto power = digits.substr(letter + 1);
    const bool negative = power.starts_with('-');
    if (power.starts_with('+') || negative) power.remove_prefix(1);
    const auto read = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (read.ec != std::errc{}) exponent = kFar;
    exponent = std::min(exponent, kFar) * (negative ? -1 : 1);
  }
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = std::min(mantissa.find_first_not_of("0."), mantissa.size());
  // How far the first digit that counts lies behind the one before the point.
  const auto behind =
      static_cast<std::int64_t>(first) - static_cast<std::int64_t>(point) + (first < point ? 1 : 0);
  return exponent - behind < 0;
}

}  // namespace

std::optional<double> go_number(std::string_view text) {
  if (is_word(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const double sign = negative ? -1 : 1;
  if (is_word(text, "inf") || is_word(text, "infinity"))
    return sign * std::numeric_limits<double>::infinity();
  // Neither a second sign nor the words that from_chars knows besides.
  if (text.empty() || !(text.front() == '.' || (text.front() >= '0' && text.front() <= '9')))
    return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (stop != text.data() + text.size()) return std::nullopt;
  if (error == std::errc{}) return sign * value;
  if (error == std::errc::result_out_of_range && is_small(text)) return sign * 0.0;
  return std::nullopt;
}

}  // namespace rampart::probe
