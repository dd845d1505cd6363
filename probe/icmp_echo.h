#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace rampart::probe {

// ICMP and ICMPv6 echo messages (RFC 792, RFC 4443): an 8-byte header and, as ping sends, 56 bytes
// of data, of which the first 8 are a nonce that tells our replies from others'.
struct Echo {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  std::uint64_t nonce = 0;
  bool operator==(const Echo&) const = default;
};

inline constexpr std::size_t kEchoSize = 64;

// The checksum is filled in for ICMP; for ICMPv6 the kernel does it.
std::array<std::uint8_t, kEchoSize> write_echo_request(const Echo& echo, bool v6);

// Empty for anything that is not an echo reply of our size or more. `with_ip_header`: raw IPv4
// sockets hand it over too. Survives any bytes.
std::optional<Echo> read_echo_reply(std::span<const std::uint8_t> bytes, bool v6,
                                    bool with_ip_header);

}  // namespace rampart::probe
