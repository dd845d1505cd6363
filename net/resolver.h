#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"

namespace rampart::net {

// Every address of `host` by the system's resolver, in its order; a literal address needs no query.
// not_found: there is no such name; timeout; io: the name servers gave no useful answer. Blocks at
// most `timeout`; for use before a run starts, never on a loop's thread. Any thread.
base::Result<std::vector<base::IpAddress>> resolve(const std::string& host, base::Nanos timeout);

}  // namespace rampart::net
