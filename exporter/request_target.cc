#include "exporter/request_target.h"

#include <fmt/core.h>

#include <algorithm>
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
  raw = without_authority(raw.substr(0, raw.find('#')));
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
    else if (code >= 0x80 && code < 0xA0)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    else
      reports::append_utf8(out, code);
  }
  return out + '"';
}

}  // namespace rampart::exporter
