#pragma once

#include <cstddef>
#include <string>

namespace rampart::base {

// The most memory that a text keeps which is used again and again, such as a buffer of a
// connection: one large use must not hold its memory for the rest of a run.
inline constexpr std::size_t kMostKept = 64 * 1024;

// hot: empties a text, and gives its memory back where that is above kMostKept.
inline void empty_out(std::string& text) {
  if (text.capacity() > kMostKept)
    std::string().swap(text);  // an assignment would keep it
  else
    text.clear();
}

}  // namespace rampart::base
