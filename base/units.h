#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace rampart::base {

// Events per second. Explicit on purpose: 200 is not a rate, Rps{200} is.
struct Rps {
  double per_second = 0;
  auto operator<=>(const Rps&) const = default;
};

// A share of one: 0.98 is 98 %.
struct Ratio {
  double value = 0;
  auto operator<=>(const Ratio&) const = default;
};

// "500ms", "10s", "2m", "1.5h", "1m30s", "250us", "40ns". A bare number has no unit and is an
// error.
Result<Nanos> parse_duration(std::string_view text);
// "100", "1k", "2.5M", "1G" (powers of 1000), not negative.
Result<std::uint64_t> parse_count(std::string_view text);
// "200/s", "1k/s", "90/m". A bare count is read as per second.
Result<Rps> parse_rate(std::string_view text);
// "98%", "0.1 %". A bare number is an error.
Result<Ratio> parse_percent(std::string_view text);
// "64", "16KB", "2MiB": bytes.
Result<std::uint64_t> parse_bytes(std::string_view text);
// "1KB/s", "10 B/s": bytes per second, at least one. The "/s" is needed.
Result<std::uint64_t> parse_byte_rate(std::string_view text);

// Three significant digits and the unit that fits: "812 us", "1.40 s".
std::string format_duration(Nanos value);
// "12.4k", "1.02M".
std::string format_count(double value);
// "3.1 MiB".
std::string format_bytes(double value);
// 2026-11-21T01:24:16.123Z
std::string format_time(WallTime time);

}  // namespace rampart::base
