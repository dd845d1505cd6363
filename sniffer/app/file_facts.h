#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rampart::sniffer {

// What is known of a file beside its bytes.
struct FileFacts {
  std::string_view name;   // as sent; empty: none
  std::uint64_t size = 0;  // bytes that came so far, also those that are not kept
  bool whole = false;      // no more will come, and none was lost
};

// The buffer BufferId::file_facts, in which the keywords on one file look together: the size in 8
// bytes, network order; a byte that is 1 where the file is whole; the name.
inline constexpr std::size_t kFactsSize = 8;  // where `whole` stands
inline constexpr std::size_t kFactsName = 9;  // where the name begins
inline void encode(const FileFacts& facts, std::string& out) {
  out.clear();
  for (unsigned shift = 64; shift != 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint8_t>(facts.size >> (shift - 8)));
  out += facts.whole ? '\1' : '\0';
  out += facts.name;
}

}  // namespace rampart::sniffer
