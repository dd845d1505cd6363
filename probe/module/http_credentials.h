#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/blackbox.h"

namespace rampart::probe {

// The value of an Authorization header (RFC 7617).
std::string basic_credentials(std::string_view name, std::string_view password);

// What basic_auth or authorization of a module make of it; empty where it has neither. Files are
// read anew; errors name them.
base::Result<std::string> module_credentials(const model::HttpModule& module);

}  // namespace rampart::probe
