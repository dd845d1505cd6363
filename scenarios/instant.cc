#include <fmt/core.h>

#include <charconv>
#include <chrono>

#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

// Takes exactly `digits` digits off the front.
bool take_digits(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  for (const char c : text.substr(0, digits))
    if (c < '0' || c > '9') return false;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456", cut to nanoseconds.
bool take_fraction(std::string_view& text, base::Nanos& value) {
  if (!take(text, ".")) return true;
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    value += base::Nanos(unit * (text[digits] - '0'));
    unit /= 10;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

// "Z", "+01:00": what to subtract to get UTC.
bool take_zone(std::string_view& text, std::chrono::minutes& zone) {
  if (take(text, "Zz")) return true;
  const bool west = text.starts_with('-');
  int hours = 0;
  int minutes = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours) || !take(text, ":") ||
      !take_digits(text, 2, minutes) || hours > 23 || minutes > 59)
    return false;
  zone = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  if (west) zone = -zone;
  return true;
}

}  // namespace

base::Result<base::WallTime> parse_instant(std::string_view text, bool end_of_day) {
  const auto bad = [&](std::string_view why) {
    return base::fail(base::Errc::parse, fmt::format("'{}' {}", text, why));
  };
  constexpr std::string_view kForm =
      "is neither a date such as 2026-11-21 nor a time such as 2026-11-21T08:00:00Z";
  auto rest = text;
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_digits(rest, 4, year) || !take(rest, "-") || !take_digits(rest, 2, month) ||
      !take(rest, "-") || !take_digits(rest, 2, day))
    return bad(kForm);
  const auto date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  if (!date.ok()) return bad("is no day of the calendar");
  if (year < 1970 || year > 2200) return bad("is not within the years 1970 to 2200");
  base::Nanos since = std::chrono::sys_days(date).time_since_epoch();
  if (rest.empty()) {
    if (end_of_day) since += std::chrono::days(1) - base::Nanos(1);
    return base::WallTime(since);
  }
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::chrono::minutes zone{0};
  if (!take(rest, "Tt ") || !take_digits(rest, 2, hour) || !take(rest, ":") ||
      !take_digits(rest, 2, minute) || !take(rest, ":") || !take_digits(rest, 2, second))
    return bad(kForm);
  if (!take_fraction(rest, since)) return bad(kForm);
  if (rest.empty()) return bad("has no time zone: add Z for UTC, or +01:00");
  if (!take_zone(rest, zone) || !rest.empty()) return bad(kForm);
  if (hour > 23 || minute > 59 || second > 60) return bad("is no time of the day");
  since += std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  return base::WallTime(since - zone);
}

}  // namespace rampart::scenarios
