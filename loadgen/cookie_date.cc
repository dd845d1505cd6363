#include "loadgen/cookie_date.h"

#include <strings.h>

#include <array>
#include <chrono>
#include <iterator>

namespace rampart::loadgen {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 6265, 5.1.1: everything but digits, letters, ':' and bytes above 0x7f.
bool is_delimiter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u == 0x09 || (u >= 0x20 && u <= 0x2f) || (u >= 0x3b && u <= 0x40) ||
         (u >= 0x5b && u <= 0x60) || (u >= 0x7b && u <= 0x7e);
}

// Takes `least` to `most` digits off the front, after which no digit follows.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t n = 0;
  int value = 0;
  for (; n < text.size() && is_digit(text[n]); ++n) {
    if (n == most) return std::nullopt;
    value = value * 10 + (text[n] - '0');
  }
  if (n < least) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

bool take_colon(std::string_view& text) {
  if (text.empty() || text.front() != ':') return false;
  text.remove_prefix(1);
  return true;
}

struct Time {
  int hour;
  int minute;
  int second;
};

std::optional<Time> time_of(std::string_view token) {
  const auto hour = take_number(token, 1, 2);
  if (!hour || !take_colon(token)) return std::nullopt;
  const auto minute = take_number(token, 1, 2);
  if (!minute || !take_colon(token)) return std::nullopt;
  const auto second = take_number(token, 1, 2);
  if (!second) return std::nullopt;
  return Time{*hour, *minute, *second};
}

std::optional<int> number_of(std::string_view token, std::size_t least, std::size_t most) {
  return take_number(token, least, most);
}

std::optional<unsigned> month_of(std::string_view token) {
  constexpr const char* kNames[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                    "jul", "aug", "sep", "oct", "nov", "dec"};
  if (token.size() < 3) return std::nullopt;
  for (unsigned i = 0; i < std::size(kNames); ++i)
    if (strncasecmp(token.data(), kNames[i], 3) == 0) return i + 1;
  return std::nullopt;
}

struct Date {
  std::optional<Time> time;
  std::optional<int> day;
  std::optional<unsigned> month;
  std::optional<int> year;

  // Each token is the first of these that it can be and that is not known yet.
  void take(std::string_view token) {
    if (!time && (time = time_of(token))) return;
    if (!day && (day = number_of(token, 1, 2))) return;
    if (!month && (month = month_of(token))) return;
    if (!year) year = number_of(token, 2, 4);
  }
};

}  // namespace

std::optional<std::int64_t> parse_cookie_date(std::string_view text) {
  Date date;
  while (!text.empty()) {
    std::size_t n = 0;
    while (n < text.size() && !is_delimiter(text[n])) ++n;
    if (n > 0) date.take(text.substr(0, n));
    text.remove_prefix(n < text.size() ? n + 1 : n);
  }
  if (!date.time || !date.day || !date.month || !date.year) return std::nullopt;
  int year = *date.year;
  if (year >= 70 && year <= 99) year += 1900;
  if (year <= 69) year += 2000;
  const auto& [hour, minute, second] = *date.time;
  const std::chrono::year_month_day day{std::chrono::year(year), std::chrono::month(*date.month),
                                        std::chrono::day(static_cast<unsigned>(*date.day))};
  if (!day.ok() || year < 1601 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = std::chrono::sys_days(day).time_since_epoch().count();
  return std::int64_t{days} * 86400 + hour * 3600 + minute * 60 + second;
}

}  // namespace rampart::loadgen
