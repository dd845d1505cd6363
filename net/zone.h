#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rampart::net {

// An IPv6 address with the zone that it holds in (RFC 4007, section 11): "fe80::1%eth0".
struct ZonedHost {
  std::string_view address;  // without the zone
  std::string_view zone;     // an interface's name or number; empty: there is none
};
// Any other host is all address, also with a '%'.
ZonedHost split_zone(std::string_view host);

// For sin6_scope_id; 0: this host has no such interface.
std::uint32_t zone_index(std::string_view zone);

}  // namespace rampart::net
