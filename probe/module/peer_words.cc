#include "probe/module/peer_words.h"

#include <cstddef>

namespace rampart::probe {

std::string peer_words(std::string_view words) {
  constexpr std::size_t kMost = 200;
  std::string out(words.substr(0, kMost));
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '.';
  if (words.size() > kMost) out += "...";
  return out;
}

}  // namespace rampart::probe
