#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/ip_address.h"
#include "base/result.h"

namespace rampart::scenarios {

// A target of an authorisation: a network (a single address is one), or a host by name.
struct NetworkName {
  std::variant<base::Cidr, std::string> value;  // the host in lower case, without a final dot

  // Networks must be written by their first address, and be no wider than anybody owns: /8 for
  // IPv4, /16 for IPv6. Hosts are exact; there are no patterns.
  static base::Result<NetworkName> parse(std::string_view text);
};

// Lower case, without a final dot: how hosts are compared.
std::string plain_host(std::string_view host);

}  // namespace rampart::scenarios
