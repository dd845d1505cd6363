#include "exporter/request_target.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "reports/escape.h"

namespace rampart::exporter {
namespace {

// Nothing where a percent sign has no two hexadecimal digits behind it.
std::optional<std::string> unescape(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      unsigned value = 0;
      const auto digits = text.substr(i + 1, 2);
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
      out += static_cast<char>(value);
      i += 2;
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty() || part.find(';') != std::string_view::npos) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = unescape(part.substr(0, equals), true);
    auto value = unescape(part.substr(std::min(equals + 1, part.size())), true);
    if (name && value) out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

std::string_view without_authority(std::string_view raw) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (raw.starts_with(scheme)) {
      raw.remove_prefix(scheme.size());
      raw.remove_prefix(std::min(raw.find_first_of("/?"), raw.size()));
    }
  return raw;
}

}  // namespace

std::optional<RequestTarget> RequestTarget::parse(std::string_view raw) {
  raw = without_authority(raw);  // a number sign is as any other: requests have no fragment
  const auto mark = std::min(raw.find('?'), raw.size());
  auto path = unescape(raw.substr(0, mark), false);
  if (!path) return std::nullopt;
  RequestTarget out{*std::move(path), parse_query(raw.substr(std::min(mark + 1, raw.size())))};
  if (out.path.empty()) out.path = "/";
  return out;
}

std::string_view RequestTarget::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == parameters.end() ? std::string_view() : found->second;
}

bool shows(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  // Controls, separators but the blank, formats (what turns the direction of text among them),
  // private use and what is no character: Unicode's Cc, Cf, Co, Zl, Zp, Zs.
  static constexpr std::array kHidden = {
      Range{0x00, 0x1F},       Range{0x7F, 0xA0},       Range{0xAD, 0xAD},
      Range{0x600, 0x605},     Range{0x61C, 0x61C},     Range{0x6DD, 0x6DD},
      Range{0x70F, 0x70F},     Range{0x890, 0x891},     Range{0x8E2, 0x8E2},
      Range{0x1680, 0x1680},   Range{0x180E, 0x180E},   Range{0x2000, 0x200F},
      Range{0x2028, 0x202F},   Range{0x205F, 0x206F},   Range{0x3000, 0x3000},
      Range{0xE000, 0xF8FF},   Range{0xFDD0, 0xFDEF},   Range{0xFEFF, 0xFEFF},
      Range{0xFFF0, 0xFFFB},   Range{0xFFFE, 0xFFFF},   Range{0x110BD, 0x110BD},
      Range{0x110CD, 0x110CD}, Range{0x13430, 0x1343F}, Range{0x1BCA0, 0x1BCA3},
      Range{0x1D173, 0x1D17A}, Range{0xE0000, 0x10FFFF}};
  // Variation selectors are marks, which Go prints.
  if (code >= 0xE0100 && code <= 0xE01EF) return true;
  return std::none_of(kHidden.begin(), kHidden.end(), [code](const Range& range) {
    return range.first <= code && code <= range.last;
  });
}

std::string quoted(std::string_view text) {
  constexpr char32_t kReplacement = 0xFFFD;
  constexpr std::string_view kShort = "\aa\bb\ff\nn\rr\tt\vv\"\"\\\\";
  std::string out = "\"";
  while (!text.empty()) {
    const auto before = text;
    const char32_t code = reports::take_code_point(text);
    std::size_t at = 0;
    while (at < kShort.size() && static_cast<unsigned char>(kShort[at]) != code) at += 2;
    if (at < kShort.size())
      out += {'\\', kShort[at + 1]};
    else if (code == kReplacement && before.size() - text.size() == 1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(before.front()));
    else if (code < 0x20 || code == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    else if (!shows(code) && code > 0xFFFF)
      out += fmt::format("\\U{:08x}", static_cast<unsigned>(code));
    else if (!shows(code))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    else
      reports::append_utf8(out, code);
  }
  return out + '"';
}

}  // namespace rampart::exporter
