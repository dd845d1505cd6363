#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rampart::base {

// RFC 4648, section 4, padded. Any bytes.
std::string to_base64(std::string_view bytes);
// Nothing where it is not exactly that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace rampart::base
