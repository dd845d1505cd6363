#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::base {

// An IPv4 or IPv6 address as a value. IPv4 uses the first four bytes; the rest is zero.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;

  static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  static IpAddress from_bytes(std::span<const std::uint8_t, 4> raw);
  static IpAddress from_bytes(std::span<const std::uint8_t, 16> raw);
  // Literal addresses only; never resolves a name.
  static Result<IpAddress> parse(std::string_view text);

  // 127.0.0.0/8, ::1, and ::ffff:127.0.0.0/104.
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] std::span<const std::uint8_t> raw() const { return {bytes.data(), v6 ? 16U : 4U}; }

  // As default ones would, but without a call of memcmp: addresses are compared for each packet.
  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.words() == b.words() && a.v6 == b.v6;
  }
  friend std::strong_ordering operator<=>(const IpAddress& a, const IpAddress& b) {
    const auto x = a.words();
    const auto y = b.words();
    if (x[0] != y[0]) return big_endian(x[0]) <=> big_endian(y[0]);
    if (x[1] != y[1]) return big_endian(x[1]) <=> big_endian(y[1]);
    return a.v6 <=> b.v6;
  }

 private:
  using Words = std::array<std::uint64_t, 2>;
  [[nodiscard]] Words words() const { return std::bit_cast<Words>(bytes); }
  static std::uint64_t big_endian(std::uint64_t word) {
    return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
  }
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
};

// A network: "10.0.0.0/8", "::1/128", or a single address.
struct Cidr {
  IpAddress network;
  unsigned prefix = 0;

  static Result<Cidr> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const;

  bool operator==(const Cidr&) const = default;
};

std::string to_string(const IpAddress& address);
std::string to_string(const Endpoint& endpoint);  // 127.0.0.1:80, [::1]:80
std::string to_string(const Cidr& cidr);

}  // namespace rampart::base

template <>
struct std::hash<rampart::base::IpAddress> {
  std::size_t operator()(const rampart::base::IpAddress& address) const noexcept;
};
template <>
struct std::hash<rampart::base::Endpoint> {
  std::size_t operator()(const rampart::base::Endpoint& endpoint) const noexcept;
};
