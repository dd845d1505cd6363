#include "model/plan_text.h"

#include <cstdint>

namespace rampart::model {

namespace {
constexpr std::string_view kHexDigits = "0123456789abcdef";
}

base::Result<base::Endpoint> endpoint_from(std::string_view text) {
  constexpr const char* kPort = "the port must be 0 to 65535";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return base::fail(base::Errc::parse, "has no port");
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  RAMPART_TRY(const auto address, base::IpAddress::parse(host));
  unsigned port = 0;
  for (const char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9' || port > 65535) return base::fail(base::Errc::parse, kPort);
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  if (port > 65535 || colon + 1 == text.size()) return base::fail(base::Errc::parse, kPort);
  return base::Endpoint{address, static_cast<std::uint16_t>(port)};
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kHexDigits[byte >> 4U], kHexDigits[byte & 15U]};
  }
  return hex;
}

base::Result<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return base::fail(base::Errc::parse, "has half a byte of hex");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = kHexDigits.find(hex[i]);
    const auto low = kHexDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return base::fail(base::Errc::parse, "has a character that is not a hex digit");
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace rampart::model
