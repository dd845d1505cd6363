#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "scenarios/blackbox/block.h"
#include "scenarios/yaml_tree.h"

// The single values of blackbox.yml. Every error says what would be right.

namespace rampart::scenarios::blackbox {

// What YAML takes for true and false, and the older words (yes, on, y, no, off, n), also in quotes.
std::optional<bool> parse_boolean(std::string_view text);

// Decimal, 0x, 0o, 0b, or octal with a leading 0; "_" may stand between digits.
base::Result<std::int64_t> parse_integer(std::string_view text);

// "5s", "1m30s", "1.5h", "250ms", "1d12h", "1w", "1y" (365 days). A bare number has no unit and is
// an error, but for 0.
base::Result<base::Nanos> parse_timeout(std::string_view text);

// "10MB" and "10MiB" are the same, 10 * 2^20 bytes; "1MB512KB". A bare number but 0 is an error.
base::Result<std::uint64_t> parse_size(std::string_view text);

// An URL of one of the blank-separated schemes, with a host. Empty is none, which is right.
base::Status check_url(std::string_view text, std::string_view schemes);

// The same URL, with "xxxxx" for a password.
std::string masked_url(std::string_view text);

// Whether an Accept-Encoding header allows for an answer with this compression: the coding or "*"
// with the highest quality decides, and a quality of 0 forbids.
bool accepts_encoding(std::string_view header, std::string_view compression);

// Whether a header, a field of a form or a key of metadata of this name carries a credential.
bool is_credential(std::string_view name);

// Whether the scalar is a value of the field's kind, but for patterns.
base::Status check_value(const Field& field, const Node& node);

}  // namespace rampart::scenarios::blackbox
