#pragma once

namespace rampart::net {

// Whether this host makes IPv6 sockets: not where its kernel has no IPv6, or where this process may
// not use it. Any thread.
bool speaks_ipv6();

}  // namespace rampart::net
