#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rampart::loadgen {

// The Expires of a cookie, in seconds since the Unix epoch, as RFC 6265, 5.1.1 reads it: any order
// of time, day, month and year. Nullopt where one of them is missing or no date comes out.
std::optional<std::int64_t> parse_cookie_date(std::string_view text);

}  // namespace rampart::loadgen
