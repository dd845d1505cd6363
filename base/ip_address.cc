#include "base/ip_address.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rampart::base {

IpAddress IpAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress out;
  out.bytes[0] = a;
  out.bytes[1] = b;
  out.bytes[2] = c;
  out.bytes[3] = d;
  return out;
}

IpAddress IpAddress::from_bytes(std::span<const std::uint8_t, 4> raw) {
  return v4(raw[0], raw[1], raw[2], raw[3]);
}

IpAddress IpAddress::from_bytes(std::span<const std::uint8_t, 16> raw) {
  IpAddress out;
  out.v6 = true;
  std::copy(raw.begin(), raw.end(), out.bytes.begin());
  return out;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string owned(text);
  IpAddress out;
  if (inet_pton(AF_INET, owned.c_str(), out.bytes.data()) == 1) return out;
  if (inet_pton(AF_INET6, owned.c_str(), out.bytes.data()) == 1) {
    out.v6 = true;
    return out;
  }
  return fail(Errc::parse, fmt::format("'{}' is not an IPv4 or IPv6 address", text));
}

bool IpAddress::is_loopback() const {
  if (!v6) return bytes[0] == 127;
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return bytes[12] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; }) &&
         bytes[15] == 1;
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  RAMPART_TRY(const IpAddress address, IpAddress::parse(text.substr(0, slash)));
  const unsigned width = address.v6 ? 128 : 32;
  unsigned prefix = width;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > width)
      return fail(Errc::parse, fmt::format("'{}': the prefix must be 0 to {}", text, width));
  }
  return Cidr{address, prefix};
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.v6 != network.v6) return false;
  const unsigned whole = prefix / 8;
  if (std::memcmp(address.bytes.data(), network.bytes.data(), whole) != 0) return false;
  const unsigned rest = prefix % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFFU << (8U - rest));
  return (address.bytes[whole] & mask) == (network.bytes[whole] & mask);
}

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  return text;
}

std::string to_string(const Endpoint& endpoint) {
  const auto host = to_string(endpoint.address);
  return endpoint.address.v6 ? fmt::format("[{}]:{}", host, endpoint.port)
                             : fmt::format("{}:{}", host, endpoint.port);
}

std::string to_string(const Cidr& cidr) {
  return fmt::format("{}/{}", to_string(cidr.network), cidr.prefix);
}

}  // namespace rampart::base

namespace {

// FNV-1a; keys come from a bounded table of rampart's own, except in the flow table, which seeds
// its own hash.
std::size_t mix(std::size_t hash, std::span<const std::uint8_t> bytes) noexcept {
  for (const auto b : bytes) hash = (hash ^ b) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

std::size_t std::hash<rampart::base::IpAddress>::operator()(
    const rampart::base::IpAddress& address) const noexcept {
  return mix(0xcbf29ce484222325ULL, address.raw());
}

std::size_t std::hash<rampart::base::Endpoint>::operator()(
    const rampart::base::Endpoint& endpoint) const noexcept {
  const std::uint8_t port[2] = {static_cast<std::uint8_t>(endpoint.port >> 8),
                                static_cast<std::uint8_t>(endpoint.port & 0xFF)};
  return mix(std::hash<rampart::base::IpAddress>{}(endpoint.address), port);
}
