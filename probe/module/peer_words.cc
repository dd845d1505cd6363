#include "probe/module/peer_words.h"

#include <cstddef>

namespace rampart::probe {

std::string peer_words(std::string_view words) {
  constexpr std::size_t kMost = 200;
  std::string out(words.substr(0, kMost));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = [&out](std::size_t k) { return static_cast<unsigned char>(out[k]); };
    if (at(i) < 0x20 || at(i) == 0x7F) out[i] = '.';
    // U+0080 to U+009F, which steer terminals as well, in UTF-8.
    if (at(i) == 0xC2 && i + 1 < out.size() && at(i + 1) >= 0x80 && at(i + 1) < 0xA0)
      out[i] = out[i + 1] = '.';
  }
  if (words.size() > kMost) out += "...";
  return out;
}

}  // namespace rampart::probe
