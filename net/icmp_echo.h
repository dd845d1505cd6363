#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace rampart::net {

// ICMP and ICMPv6 echo messages (RFC 792, RFC 4443): a header of 8 bytes, then data that the peer
// sends back as it is.
inline constexpr std::size_t kEchoHeader = 8;

enum class EchoKind : std::uint8_t { request, reply };

// An identifier that differs from run to run, and for each number below 65535; never 0.
std::uint16_t echo_id(std::string_view run_id, std::uint64_t number);

struct EchoMessage {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  std::span<const std::uint8_t> data;  // of what was read
};

// hot: makes a request of `message`, whose data begins at kEchoHeader. The checksum is filled in
// for ICMP; for ICMPv6 the kernel does it.
void write_echo_header(std::span<std::uint8_t> message, std::uint16_t id, std::uint16_t sequence,
                       bool v6);

// hot: empty for anything that is not an echo message of that kind. `with_ip_header`: raw IPv4
// sockets hand it over too. Survives any bytes.
std::optional<EchoMessage> read_echo(std::span<const std::uint8_t> bytes, EchoKind kind, bool v6,
                                     bool with_ip_header);

// A message as ping sends it: 56 bytes of data, of which the first 8 are a nonce that tells our
// replies from others'.
struct Echo {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  std::uint64_t nonce = 0;
  bool operator==(const Echo&) const = default;
};

inline constexpr std::size_t kEchoSize = 64;

std::array<std::uint8_t, kEchoSize> write_echo_request(const Echo& echo, bool v6);

// Empty for anything that is not an echo reply of our size or more.
std::optional<Echo> read_echo_reply(std::span<const std::uint8_t> bytes, bool v6,
                                    bool with_ip_header);

}  // namespace rampart::net
