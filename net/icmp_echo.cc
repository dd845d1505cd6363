#include "net/icmp_echo.h"

#include <functional>

namespace rampart::net {
namespace {

constexpr std::uint8_t kEchoRequest = 8;
constexpr std::uint8_t kEchoReply = 0;
constexpr std::uint8_t kEchoRequest6 = 128;
constexpr std::uint8_t kEchoReply6 = 129;

std::uint8_t type_of(EchoKind kind, bool v6) {
  if (kind == EchoKind::request) return v6 ? kEchoRequest6 : kEchoRequest;
  return v6 ? kEchoReply6 : kEchoReply;
}

void put16(std::span<std::uint8_t> at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

std::uint16_t get16(std::span<const std::uint8_t> at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

// RFC 1071; an odd last byte is padded with zero.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += get16(bytes.subspan(i, 2));
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back()) << 8;
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

void write_echo_header(std::span<std::uint8_t> message, std::uint16_t id, std::uint16_t sequence,
                       bool v6) {
  message[0] = type_of(EchoKind::request, v6);
  message[1] = 0;
  put16(message.subspan(2), 0);
  put16(message.subspan(4), id);
  put16(message.subspan(6), sequence);
  if (!v6) put16(message.subspan(2), checksum(message));
}

std::uint16_t echo_id(std::string_view run_id, std::uint64_t number) {
  constexpr std::uint64_t kIds = 65535;
  const auto first = std::hash<std::string_view>{}(run_id) % kIds;
  return static_cast<std::uint16_t>(1 + (first + number % kIds) % kIds);
}

std::optional<EchoMessage> read_echo(std::span<const std::uint8_t> bytes, EchoKind kind, bool v6,
                                     bool with_ip_header) {
  if (with_ip_header) {
    if (bytes.empty()) return std::nullopt;
    const std::size_t header = (bytes[0] & 0x0FU) * 4U;
    if (header > bytes.size()) return std::nullopt;
    bytes = bytes.subspan(header);
  }
  if (bytes.size() < kEchoHeader) return std::nullopt;
  if (bytes[0] != type_of(kind, v6) || bytes[1] != 0) return std::nullopt;
  return EchoMessage{get16(bytes.subspan(4)), get16(bytes.subspan(6)), bytes.subspan(kEchoHeader)};
}

std::array<std::uint8_t, kEchoSize> write_echo_request(const Echo& echo, bool v6) {
  std::array<std::uint8_t, kEchoSize> out{};
  for (std::size_t i = 0; i < 8; ++i)
    out[kEchoHeader + i] = static_cast<std::uint8_t>(echo.nonce >> (56 - 8 * i));
  write_echo_header(out, echo.id, echo.sequence, v6);
  return out;
}

std::optional<Echo> read_echo_reply(std::span<const std::uint8_t> bytes, bool v6,
                                    bool with_ip_header) {
  const auto message = read_echo(bytes, EchoKind::reply, v6, with_ip_header);
  if (!message || message->data.size() < kEchoSize - kEchoHeader) return std::nullopt;
  Echo out{message->id, message->sequence, 0};
  for (std::size_t i = 0; i < 8; ++i) out.nonce = out.nonce << 8 | message->data[i];
  return out;
}

}  // namespace rampart::net
