#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

// Files of one entry a line, such as rules: a backslash at the end of a line continues it.

namespace rampart::sniffer {

base::Result<std::string> read_rule_file(const std::string& path);

// Takes one logical line off `text`. Backslash and line end become blanks, one for one, so that
// offsets in the result are offsets in the file.
std::string take_line(std::string_view& text);

struct Place {
  std::size_t line;    // from 0
  std::size_t column;  // from 1, in bytes
};
Place place_of(std::string_view text, std::size_t offset);

}  // namespace rampart::sniffer
