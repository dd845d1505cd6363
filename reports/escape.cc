#include "reports/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rampart::reports {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const Range& r) { return r.first <= code && code <= r.last; });
}

bool reverses_text(char32_t code) {
  constexpr std::array<Range, 4> kBidi{
      {{0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}, {0x061C, 0x061C}}};
  return within(kBidi, code);
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Length and bounds of the sequence that `lead` starts; length 0 where it starts none.
struct Sequence {
  std::size_t length;
  std::uint8_t second_low = 0x80;
  std::uint8_t second_high = 0xBF;
};

Sequence sequence_of(std::uint8_t lead) {
  if (lead < 0x80) return {1};
  if (lead >= 0xC2 && lead <= 0xDF) return {2};
  if (lead == 0xE0) return {3, 0xA0};
  if (lead == 0xED) return {3, 0x80, 0x9F};  // no surrogates
  if (lead >= 0xE1 && lead <= 0xEF) return {3};
  if (lead == 0xF0) return {4, 0x90};
  if (lead >= 0xF1 && lead <= 0xF3) return {4};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto lead = byte(0);
  const auto sequence = sequence_of(lead);
  bool valid = sequence.length > 0 && sequence.length <= text.size();
  char32_t code = sequence.length == 1 ? lead : lead & (0xFFU >> (sequence.length + 1));
  for (std::size_t i = 1; valid && i < sequence.length; ++i) {
    const auto low = i == 1 ? sequence.second_low : 0x80;
    const auto high = i == 1 ? sequence.second_high : 0xBF;
    valid = byte(i) >= low && byte(i) <= high;
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  text.remove_prefix(valid ? sequence.length : 1);
  return valid ? code : kReplacement;
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const char32_t code = take_code_point(text);
    switch (code) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\n':
      case '\t': append_utf8(out, code); break;
      default:
        append_utf8(out, is_control(code) || reverses_text(code) || (code & 0xFFFE) == 0xFFFE
                             ? kReplacement
                             : code);
    }
  }
  return out;
}

std::string escape_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char32_t code = take_code_point(text);
    if (is_control(code)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    } else {
      append_utf8(out, reverses_text(code) ? kReplacement : code);
    }
  }
  return out;
}

std::string elide(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  std::string out;
  std::size_t width = 1;  // of the ellipsis
  while (!text.empty()) {
    std::string letter;
    append_utf8(letter, take_code_point(text));
    width += display_width(letter);
    if (width > columns) break;
    out += letter;
  }
  return out + "\u2026";
}

std::size_t display_width(std::string_view text) {
  constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                        {0x2E80, 0xA4CF},
                                        {0xAC00, 0xD7A3},
                                        {0xF900, 0xFAFF},
                                        {0xFE30, 0xFE6F},
                                        {0xFF00, 0xFF60},
                                        {0xFFE0, 0xFFE6},
                                        {0x1F300, 0x1FAFF},
                                        {0x20000, 0x3FFFD}}};
  constexpr std::array<Range, 3> kCombining{{{0x0300, 0x036F}, {0x200B, 0x200D}, {0xFE00, 0xFE0F}}};
  std::size_t width = 0;
  while (!text.empty()) {
    const char32_t code = take_code_point(text);
    if (!within(kCombining, code)) width += within(kWide, code) ? 2 : 1;
  }
  return width;
}

}  // namespace rampart::reports
