#include "base/units.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <ctime>
#include <utility>

namespace rampart::base {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes a non-negative decimal number off the front of text.
bool take_number(std::string_view& text, double& value) {
  if (text.empty() ||
      !(std::isdigit(static_cast<unsigned char>(text.front())) || text.front() == '.'))
    return false;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value)) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// Takes letters off the front of text and finds them among units.
template <std::size_t N>
const Unit* take_unit(std::string_view& text, const std::array<Unit, N>& units) {
  text = trim(text);
  std::size_t length = 0;
  while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length]))) ++length;
  const auto name = text.substr(0, length);
  for (const auto& unit : units) {
    if (unit.name == name) {
      text.remove_prefix(length);
      return &unit;
    }
  }
  return nullptr;
}

constexpr std::array<Unit, 6> kDurations{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
constexpr std::array<Unit, 5> kCounts{{{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}}};
constexpr std::array<Unit, 11> kBytes{{{"", 1},
                                       {"B", 1},
                                       {"k", 1e3},
                                       {"kB", 1e3},
                                       {"KB", 1e3},
                                       {"KiB", 1024},
                                       {"MB", 1e6},
                                       {"M", 1e6},
                                       {"MiB", 1048576},
                                       {"GB", 1e9},
                                       {"GiB", 1073741824}}};
constexpr double kMaxNanos = 9e18;

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  const auto whole = trim(text);
  auto rest = whole;
  double total = 0;
  do {
    double value = 0;
    if (!take_number(rest, value))
      return fail(Errc::parse,
                  fmt::format("'{}' is not a duration such as 500ms, 10s or 2m", text));
    const Unit* unit = take_unit(rest, kDurations);
    if (unit == nullptr)
      return fail(Errc::parse,
                  fmt::format("'{}' lacks a known unit: use ns, us, ms, s, m or h", text));
    total += value * unit->factor;
    rest = trim(rest);
  } while (!rest.empty());
  if (total > kMaxNanos) return fail(Errc::parse, fmt::format("'{}' is too long", text));
  return Nanos(std::llround(total));
}

Result<std::uint64_t> parse_count(std::string_view text) {
  auto rest = trim(text);
  double value = 0;
  const Unit* unit = nullptr;
  if (!take_number(rest, value) || (unit = take_unit(rest, kCounts)) == nullptr ||
      !trim(rest).empty() || value * unit->factor > 1e18)
    return fail(Errc::parse, fmt::format("'{}' is not a count such as 100, 1k or 2M", text));
  return static_cast<std::uint64_t>(std::llround(value * unit->factor));
}

Result<Rps> parse_rate(std::string_view text) {
  const auto whole = trim(text);
  const auto slash = whole.find('/');
  auto number = whole.substr(0, slash);
  double per = 1;
  if (slash != std::string_view::npos) {
    const auto unit = trim(whole.substr(slash + 1));
    if (unit == "s")
      per = 1;
    else if (unit == "m")
      per = 60;
    else if (unit == "h")
      per = 3600;
    else
      return fail(Errc::parse, fmt::format("'{}': a rate is per s, m or h, as in 200/s", text));
  }
  double value = 0;
  const Unit* unit = nullptr;
  if (!take_number(number, value) || (unit = take_unit(number, kCounts)) == nullptr ||
      !trim(number).empty())
    return fail(Errc::parse, fmt::format("'{}' is not a rate such as 200/s or 1k/s", text));
  return Rps{value * unit->factor / per};
}

Result<Ratio> parse_percent(std::string_view text) {
  auto rest = trim(text);
  double value = 0;
  if (!take_number(rest, value) || trim(rest) != "%" || value > 100)
    return fail(Errc::parse, fmt::format("'{}' is not a percentage such as 98% or 0.1%", text));
  return Ratio{value / 100};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  auto rest = trim(text);
  double value = 0;
  const Unit* unit = nullptr;
  if (!take_number(rest, value) || (unit = take_unit(rest, kBytes)) == nullptr ||
      !trim(rest).empty() || value * unit->factor > 1e18)
    return fail(Errc::parse, fmt::format("'{}' is not a size such as 64, 16KB or 2MiB", text));
  return static_cast<std::uint64_t>(std::llround(value * unit->factor));
}

Result<std::uint64_t> parse_byte_rate(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::parse, fmt::format("'{}' is not a byte rate such as 10B/s or 1KB/s", text));
  };
  const auto whole = trim(text);
  const auto slash = whole.find('/');
  if (slash == std::string_view::npos || trim(whole.substr(slash + 1)) != "s") return bad();
  const auto bytes = parse_bytes(whole.substr(0, slash));
  if (!bytes) return bad();
  if (*bytes == 0)
    return fail(Errc::parse, fmt::format("'{}' would never move a byte: 1B/s or more", text));
  return *bytes;
}

namespace {

std::string three_digits(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

}  // namespace

std::string format_duration(Nanos value) {
  const auto ns = static_cast<double>(value.count());
  if (ns < 0) return "-" + format_duration(-value);
  if (ns < 1e3) return fmt::format("{:.0f} ns", ns);
  if (ns < 999.5e3) return three_digits(ns / 1e3) + " us";
  if (ns < 999.5e6) return three_digits(ns / 1e6) + " ms";
  if (ns < 120e9) return three_digits(ns / 1e9) + " s";
  if (ns < 7200e9) return three_digits(ns / 60e9) + " min";
  return three_digits(ns / 3600e9) + " h";
}

std::string format_count(double value) {
  if (value < 1000)
    return value == std::floor(value) ? fmt::format("{:.0f}", value) : three_digits(value);
  if (value < 999.5e3) return three_digits(value / 1e3) + "k";
  if (value < 999.5e6) return three_digits(value / 1e6) + "M";
  return three_digits(value / 1e9) + "G";
}

std::string format_bytes(double value) {
  constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t i = 0;
  while (value >= 1023.5 && i + 1 < kNames.size()) {
    value /= 1024;
    ++i;
  }
  return (i == 0 ? fmt::format("{:.0f}", value) : three_digits(value)) + " " +
         std::string(kNames[i]);
}

std::string format_time(WallTime time) {
  const auto since = time.time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  const auto part = std::chrono::duration_cast<std::chrono::milliseconds>(since - whole).count();
  const std::time_t t = whole.count();
  std::tm utc{};
  gmtime_r(&t, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, part);
}

}  // namespace rampart::base
