#include "sniffer/detect/base64_text.h"

namespace rampart::sniffer {
namespace {

int value_of(std::uint8_t c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

std::size_t decode_base64(Bytes text, std::vector<std::uint8_t>& out) {
  out.clear();
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const int value = value_of(text[i]);
    if (value < 0) break;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> held));
    }
  }
  return i;
}

}  // namespace rampart::sniffer
