#include "scenarios/arrival_times.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>

#include "base/units.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

using base::Errc;
using base::fail;
using base::Nanos;

constexpr Nanos kLatest = std::chrono::hours(744);

enum class Kind : std::uint8_t { seconds, duration, instant };

constexpr std::string_view kDigits = "0123456789";

Kind kind_of(std::string_view text) {
  if (text.find_first_not_of("0123456789.") == text.npos) return Kind::seconds;
  // A date has its dash after the year; no duration has one.
  return text.find('-') == 4 ? Kind::instant : Kind::duration;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::seconds: return "seconds from the start";
    case Kind::duration: return "a duration";
    case Kind::instant: return "a time of day";
  }
  return "";
}

base::Result<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail(Errc::parse, fmt::format("'{}' is not a time such as 12.345 or "
                                         "2026-11-21T08:00:00Z",
                                         text));
  return value;
}

// "12.345", exactly; what is below a nanosecond is cut off.
base::Result<Nanos> parse_seconds(std::string_view text) {
  constexpr std::int64_t kMost = 9'000'000'000;
  const auto dot = text.find('.');
  RAMPART_TRY(const std::int64_t seconds, whole_number(text.substr(0, dot)));
  if (seconds > kMost) return fail(Errc::parse, fmt::format("'{}' is too late", text));
  Nanos value = std::chrono::seconds(seconds);
  if (dot == text.npos) return value;
  auto fraction = std::string(text.substr(dot + 1));
  if (fraction.empty() || fraction.find_first_not_of(kDigits) != fraction.npos)
    return fail(Errc::parse, fmt::format("'{}' is not a number of seconds", text));
  fraction.resize(9, '0');
  RAMPART_TRY(const std::int64_t nanos, whole_number(fraction));
  return value + Nanos(nanos);
}

base::Result<Nanos> parse_time(Kind kind, std::string_view text) {
  if (kind == Kind::seconds) return parse_seconds(text);
  if (kind == Kind::instant) {
    RAMPART_TRY(const base::WallTime time, parse_instant(text, false));
    return time.time_since_epoch();
  }
  // Nanoseconds since 1970 have more digits than a double.
  const auto digits = text.find_first_not_of(kDigits);
  if (digits > 0 && digits != text.npos && text.substr(digits) == "ns") {
    RAMPART_TRY(const std::int64_t nanos, whole_number(text.substr(0, digits)));
    return Nanos(nanos);
  }
  return base::parse_duration(text);
}

std::string_view without_comment(std::string_view line) {
  line = line.substr(0, line.find('#'));
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = line.find_first_not_of(kBlanks);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

base::Result<std::vector<Nanos>> parse_arrival_times(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Nanos> out;
  Kind kind = Kind::seconds;
  Nanos first{0};
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = without_comment(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const auto bad = [&](std::string_view why) {
      return fail(Errc::parse, fmt::format("{}: {}", number, why));
    };
    const auto own = kind_of(line);
    if (out.empty()) kind = own;
    if (own != kind)
      return bad(fmt::format("{}, and the first line is {}: write all times alike", name_of(own),
                             name_of(kind)));
    auto time = parse_time(kind, line);
    if (!time) return bad(time.error().text);
    if (out.empty() && kind != Kind::seconds) first = *time;
    if (!out.empty() && *time - first < out.back())
      return bad(fmt::format("'{}' lies before the line above: sort the times", line));
    if (*time - first > kLatest)
      return bad(kind == Kind::seconds
                     ? "later than 744h: times without a unit are seconds from the start"
                     : "later than 744h after the first line");
    if (out.size() == kMaxArrivalTimes)
      return bad(fmt::format("more than {} times", kMaxArrivalTimes));
    out.push_back(*time - first);
  }
  if (out.empty()) return fail(Errc::parse, "1: there is no time in it: write one a line");
  return out;
}

}  // namespace rampart::scenarios
