#pragma once

#include <string>

#include "model/blackbox.h"
#include "scenarios/blackbox/block_reader.h"

// From a checked file to the plain data of its modules. What no row can say is reported here; a
// module is used only where nothing was. A block that is missing gives its defaults.

namespace rampart::scenarios::blackbox {

model::BlackboxModule read_module(const std::string& name, const Reader& module);

// Their parts.
model::HttpModule read_http(const Reader& http);
model::ModuleTls read_tls(const Reader& owner);
model::IpPreference read_ip(const Reader& owner);

}  // namespace rampart::scenarios::blackbox
