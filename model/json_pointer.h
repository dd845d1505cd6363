#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// One value out of a JSON text by JSON pointer (RFC 6901): "/user/0/token".

namespace rampart::model {

// Errc::parse where it is no pointer.
base::Status check_json_pointer(std::string_view pointer);

// A string as it is, also an empty one; anything else as JSON. Nullopt: nothing is there, or null,
// which is how many services say so; or the text is no JSON, or it is nested deeper than 100. Any
// bytes are safe.
std::optional<std::string> json_at(std::string_view text, std::string_view pointer);

}  // namespace rampart::model
