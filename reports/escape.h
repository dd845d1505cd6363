#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Strings of URLs, rules, peers and packets are hostile. Each output has its own escape; every
// result is valid UTF-8 whatever the input was.

namespace rampart::reports {

// Takes one code point off the front of `text`; U+FFFD for each byte that starts no well-formed
// sequence (Unicode 15, table 3-7). `text` must not be empty.
char32_t take_code_point(std::string_view& text);

void append_utf8(std::string& out, char32_t code);

// For text and attribute values of HTML, SVG and XML 1.0: markup characters become entities, what
// XML forbids (most control characters) becomes U+FFFD, and so do the controls that reverse the
// direction of text.
std::string escape_markup(std::string_view text);

// For one line on a terminal: control characters and ANSI sequences show as \x1b, reversing
// controls as U+FFFD.
std::string escape_terminal(std::string_view text);

// At most `columns` wide, the end replaced by an ellipsis where it is longer.
std::string elide(std::string_view text, std::size_t columns);

// Columns that valid UTF-8 takes on a terminal: 2 for East Asian wide, 0 for combining marks.
std::size_t display_width(std::string_view text);

}  // namespace rampart::reports
