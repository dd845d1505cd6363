#include "scenarios/network_name.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace rampart::scenarios {
namespace {

using base::Errc;
using base::fail;

base::IpAddress first_of(const base::Cidr& cidr) {
  base::IpAddress out = cidr.network;
  for (unsigned bit = cidr.prefix; bit < out.bytes.size() * 8; ++bit)
    out.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return out;
}

// RFC 1123 names, and underscores, which people use.
bool is_host(std::string_view host) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), fits) &&
         host.front() != '.' && host.front() != '-' && host.find("..") == std::string_view::npos;
}

// "10.1", "0x7f.1", "2130706433": addresses to the resolver, names to the eye.
bool looks_numeric(std::string_view host) {
  const auto last = host.substr(host.rfind('.') + 1);
  return !last.empty() && std::isdigit(static_cast<unsigned char>(last.front())) != 0;
}

}  // namespace

std::string plain_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string out(host);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

base::Result<NetworkName> NetworkName::parse(std::string_view text) {
  if (text.find("://") != std::string_view::npos)
    return fail(Errc::parse, fmt::format("'{}' is a URL: name its host or network only", text));
  const auto cidr = base::Cidr::parse(text);
  if (!cidr) {
    const auto host = plain_host(text);
    if (text.find('/') != std::string_view::npos || text.find(':') != std::string_view::npos ||
        looks_numeric(host) || !is_host(host))
      return fail(
          Errc::parse,
          fmt::format("'{}' is neither a network such as 10.1.0.0/16, an address nor a host",
                      text));
    return NetworkName{host};
  }
  const auto first = base::Cidr{first_of(*cidr), cidr->prefix};
  if (first != *cidr)
    return fail(Errc::parse, fmt::format("'{}' begins within its network: write {} or the address "
                                         "alone",
                                         text, to_string(first)));
  const unsigned widest = cidr->network.v6 ? 16 : 8;
  if (cidr->prefix < widest)
    return fail(Errc::parse,
                fmt::format("'{}' is wider than anybody owns: /{} at most", text, widest));
  return NetworkName{*cidr};
}

}  // namespace rampart::scenarios
