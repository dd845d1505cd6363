#include "net/zone.h"

#include <net/if.h>

#include <array>
#include <charconv>

#include "base/ip_address.h"

namespace rampart::net {

ZonedHost split_zone(std::string_view host) {
  const auto mark = host.find('%');
  if (mark == std::string_view::npos || mark + 1 == host.size()) return {host, {}};
  const auto address = base::IpAddress::parse(host.substr(0, mark));
  if (!address || !address->v6) return {host, {}};
  return {host.substr(0, mark), host.substr(mark + 1)};
}

std::uint32_t zone_index(std::string_view zone) {
  if (zone.size() >= IF_NAMESIZE || zone.find('\0') != std::string_view::npos) return 0;
  if (const auto named = if_nametoindex(std::string(zone).c_str()); named != 0) return named;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(zone.data(), zone.data() + zone.size(), number);
  if (error != std::errc() || end != zone.data() + zone.size()) return 0;
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(number, name.data()) != nullptr ? number : 0;
}

}  // namespace rampart::net
