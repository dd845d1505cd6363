#pragma once

#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"

namespace rampart::model {

// What a stored plan writes as text, and texts that JSON cannot hold because they are not UTF-8.

// The form of base::to_string(Endpoint): 127.0.0.1:80 or [::1]:80. Errc::parse.
base::Result<base::Endpoint> endpoint_from(std::string_view text);

std::string to_hex(std::string_view bytes);
base::Result<std::string> from_hex(std::string_view hex);  // small letters; Errc::parse

}  // namespace rampart::model
