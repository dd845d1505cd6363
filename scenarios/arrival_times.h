#pragma once

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rampart::scenarios {

inline constexpr std::size_t kMaxArrivalTimes = 1'000'000;
inline constexpr std::size_t kMaxArrivalTimesMebibytes = 64;

// When requests are due, one time a line, in order and all of one kind: seconds from the start
// ("12.345"), durations ("1732176000000000000ns", "1.5s") or RFC 3339 times. With the latter two
// the first line is the start. '#' begins a comment; blank lines do not count. At least one time,
// none later than 744 h. Any bytes are safe. Errors: parse, "line: message".
base::Result<std::vector<base::Nanos>> parse_arrival_times(std::string_view text);

}  // namespace rampart::scenarios
