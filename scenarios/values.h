#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "scenarios/options.h"

// The values of the language that base/units.h does not know. Every error says what would be right.

namespace rampart::scenarios {

base::Result<bool> parse_boolean(std::string_view text);
base::Result<base::Ratio> parse_at_least(std::string_view text);        // ">= 98%"
base::Result<base::Ratio> parse_below_share(std::string_view text);     // "< 0.1%"
base::Result<base::Nanos> parse_below_duration(std::string_view text);  // "< 250ms"

// "p99.9" is 99.9. Nothing where it is no percentile above p0 and up to p100.
std::optional<double> percentile_of(std::string_view key);

// A limit that must have been broken for some time before the run stops.
struct StopCondition {
  base::Ratio limit;
  base::Nanos over{0};
};
base::Result<StopCondition> parse_stop_below(std::string_view text);  // "< 50% for 10s"
base::Result<StopCondition> parse_stop_above(std::string_view text);  // "> 20% for 5s"

// RFC 3339 ("2026-11-21T08:00:00+01:00", a blank may stand for the T) or a date, which is its first
// moment in UTC, or its last where `end_of_day`. Years 1970 to 2200.
base::Result<base::WallTime> parse_instant(std::string_view text, bool end_of_day);

// Whether Prometheus has labels of this name; those that begin with __ are its own.
bool is_label_name(std::string_view text);

// Whether `text` is a token (RFC 9110, section 5.6.2).
bool is_header_name(std::string_view text);

// Whether a request may be made of this: by a scenario or from the command line. A header's name is
// a token (RFC 9110, section 5.6.2) that rampart does not write itself.
base::Status check_method(std::string_view text);
base::Status check_header_name(std::string_view text);

// Whether `text` is a value of the option's type, among its choices and within its range.
base::Status check_value(const Option& option, std::string_view text);

}  // namespace rampart::scenarios
