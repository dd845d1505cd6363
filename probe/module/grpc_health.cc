#include "probe/module/grpc_health.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

namespace rampart::probe {
namespace {

constexpr std::size_t kPrefix = 5;  // one byte for compression, four for the length

tl::unexpected<base::Error> broken(std::string_view why) {
  return base::fail(base::Errc::protocol, fmt::format("the reply is no health status: {}", why));
}

std::size_t be32(std::string_view bytes) {
  std::size_t out = 0;
  for (const char c : bytes.substr(0, 4)) out = out << 8U | static_cast<unsigned char>(c);
  return out;
}

void append_varint(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

// Removes it from the front. Empty: it is cut short, or longer than 64 bits.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t out = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    out |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return out;
  }
  return std::nullopt;
}

// Removes a field's value from the front. False where it is cut short, or of no kind that is known.
bool skip_value(std::string_view& bytes, unsigned kind) {
  enum Kind : unsigned { varint = 0, fixed64 = 1, bytes_of_length = 2, fixed32 = 5 };
  std::optional<std::uint64_t> size;
  switch (kind) {
    case varint: return take_varint(bytes).has_value();
    case fixed64: size = 8; break;
    case fixed32: size = 4; break;
    case bytes_of_length: size = take_varint(bytes); break;
    default: return false;
  }
  if (!size || *size > bytes.size()) return false;
  bytes.remove_prefix(static_cast<std::size_t>(*size));
  return true;
}

// In the order of their numbers.
constexpr std::array<std::string_view, 17> kStatusNames{
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
constexpr std::array<std::string_view, 4> kServingNames{"UNKNOWN", "SERVING", "NOT_SERVING",
                                                        "SERVICE_UNKNOWN"};

template <std::size_t N>
std::string name_of(const std::array<std::string_view, N>& names, int number) {
  if (number < 0 || static_cast<std::size_t>(number) >= N) return std::to_string(number);
  return std::string(names[static_cast<std::size_t>(number)]);
}

}  // namespace

std::string make_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += '\x0A';  // field 1, bytes of a length
    append_varint(message, service.size());
    message += service;
  }
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(message.size() >> static_cast<unsigned>(shift) & 0xFFU);
  return out + message;
}

std::string serving_status_name(ServingStatus status) { return name_of(kServingNames, status); }

base::Result<ServingStatus> read_health_reply(std::string_view body) {
  if (body.empty()) return broken("it is empty");
  if (body.size() < kPrefix) return broken("it is cut short");
  if (body[0] != 0) return broken("it is compressed, which nobody asked for");
  auto message = body.substr(kPrefix);
  if (const auto size = be32(body.substr(1)); size != message.size())
    return broken(size > message.size() ? "it is cut short" : "more follows");
  std::uint64_t status = 0;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag || *tag >> 3U == 0) return broken("a field's number is none");
    const auto kind = static_cast<unsigned>(*tag & 7U);
    if (*tag != 8) {  // not field 1 as a varint
      if (!skip_value(message, kind)) return broken("a field cannot be read");
      continue;
    }
    const auto value = take_varint(message);
    if (!value) return broken("the status is cut short");
    status = *value;
  }
  return static_cast<ServingStatus>(status & 0xFFFFFFFFU);
}

std::string grpc_status_name(int status) { return name_of(kStatusNames, status); }

int grpc_status_of_http(int status) {
  switch (status) {
    case 400: return kGrpcInternal;
    case 401: return kGrpcUnauthenticated;
    case 403: return kGrpcPermissionDenied;
    case 404: return kGrpcUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504: return kGrpcUnavailable;
    default: return kGrpcUnknown;
  }
}

int read_grpc_status(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && number >= 0;
  return whole ? number : kGrpcInternal;
}

std::string read_grpc_message(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (text[i] == '%' && digits.size() == 2 && error == std::errc() && end == digits.end()) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace rampart::probe
