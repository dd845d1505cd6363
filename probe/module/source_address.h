#pragma once

#include <optional>
#include <string>

#include "base/ip_address.h"
#include "base/result.h"

namespace rampart::probe {

// Of a module's source_ip_address; nothing where it is empty. Errc::config names the option.
base::Result<std::optional<base::IpAddress>> source_address(const std::string& text);

}  // namespace rampart::probe
