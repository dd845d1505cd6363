#include "probe/icmp_echo.h"

namespace rampart::probe {
namespace {

constexpr std::uint8_t kEchoRequest = 8;
constexpr std::uint8_t kEchoReply = 0;
constexpr std::uint8_t kEchoRequest6 = 128;
constexpr std::uint8_t kEchoReply6 = 129;
constexpr std::size_t kNonceAt = 8;

void put16(std::span<std::uint8_t> at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

std::uint16_t get16(std::span<const std::uint8_t> at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

// RFC 1071, for an even number of bytes.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += get16(bytes.subspan(i, 2));
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

std::array<std::uint8_t, kEchoSize> write_echo_request(const Echo& echo, bool v6) {
  std::array<std::uint8_t, kEchoSize> out{};
  const std::span<std::uint8_t> all(out);
  out[0] = v6 ? kEchoRequest6 : kEchoRequest;
  put16(all.subspan(4), echo.id);
  put16(all.subspan(6), echo.sequence);
  for (std::size_t i = 0; i < 8; ++i)
    out[kNonceAt + i] = static_cast<std::uint8_t>(echo.nonce >> (56 - 8 * i));
  if (!v6) put16(all.subspan(2), checksum(all));
  return out;
}

std::optional<Echo> read_echo_reply(std::span<const std::uint8_t> bytes, bool v6,
                                    bool with_ip_header) {
  if (with_ip_header) {
    if (bytes.empty()) return std::nullopt;
    const std::size_t header = (bytes[0] & 0x0FU) * 4U;
    if (header > bytes.size()) return std::nullopt;
    bytes = bytes.subspan(header);
  }
  if (bytes.size() < kEchoSize) return std::nullopt;
  if (bytes[0] != (v6 ? kEchoReply6 : kEchoReply) || bytes[1] != 0) return std::nullopt;
  Echo out{get16(bytes.subspan(4)), get16(bytes.subspan(6)), 0};
  for (std::size_t i = 0; i < 8; ++i) out.nonce = out.nonce << 8 | bytes[kNonceAt + i];
  return out;
}

}  // namespace rampart::probe
