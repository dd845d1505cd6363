#pragma once

#include <string>
#include <string_view>

namespace rampart::base {

// RFC 4648, section 4, padded. Any bytes.
std::string to_base64(std::string_view bytes);

}  // namespace rampart::base
