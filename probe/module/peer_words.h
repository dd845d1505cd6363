#pragma once

#include <string>
#include <string_view>

namespace rampart::probe {

// What a peer said, for people: at most 200 bytes of it, and without what a terminal obeys.
std::string peer_words(std::string_view words);

}  // namespace rampart::probe
