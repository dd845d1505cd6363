#include "base/base64.h"

#include <algorithm>
#include <cstdint>

namespace rampart::base {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out.push_back(i + j > bytes.size() ? '=' : kAlphabet[group >> (18 - 6 * j) & 0x3F]);
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const auto padding = text.size() - std::min(text.find('='), text.size());
  if (padding > 2 || text.substr(text.size() - padding).find_first_not_of('=') != text.npos)
    return std::nullopt;
  const auto digits = text.substr(0, text.size() - padding);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char digit : digits) {
    const auto value = kAlphabet.find(digit);
    if (value == kAlphabet.npos) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(group >> bits & 0xFF));
  }
  if ((group & ((1U << bits) - 1)) != 0) return std::nullopt;  // another spelling of the same
  return out;
}

}  // namespace rampart::base
