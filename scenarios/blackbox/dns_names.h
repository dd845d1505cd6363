#pragma once

#include <string_view>

#include "base/result.h"

namespace rampart::scenarios::blackbox {

// Whether these are names of the IANA registry of DNS parameters, in capitals, as blackbox_exporter
// knows them. The errors name what is nearest.
base::Status check_query_type(std::string_view name);   // A, AAAA, MX
base::Status check_query_class(std::string_view name);  // IN, CH
base::Status check_rcode(std::string_view name);        // NOERROR, NXDOMAIN

}  // namespace rampart::scenarios::blackbox
