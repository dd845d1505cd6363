#include "sniffer/app/header_parameter.h"

#include <algorithm>
#include <optional>

namespace rampart::sniffer {
namespace {

constexpr unsigned kMostPieces = 32;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

struct Parameter {
  std::string_view name;
  std::string_view value;
};

// Takes the part up to the next ';' that is not in quotes off the front.
std::string_view take_part(std::string_view& rest) {
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size() && (quoted || rest[i] != ';'); ++i) {
    if (rest[i] == '"') quoted = !quoted;
    if (rest[i] == '\\' && quoted) ++i;
  }
  i = std::min(i, rest.size());
  const auto out = rest.substr(0, i);
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return out;
}

Parameter read(std::string_view part) {
  const auto equals = part.find('=');
  if (equals == std::string_view::npos) return {};
  Parameter out{trim(part.substr(0, equals)), trim(part.substr(equals + 1))};
  if (out.value.starts_with('"')) {
    out.value.remove_prefix(1);
    std::size_t end = 0;
    while (end < out.value.size() && out.value[end] != '"') end += out.value[end] == '\\' ? 2 : 1;
    out.value = out.value.substr(0, end);
  }
  return out;
}

template <class Fits>
std::optional<Parameter> find(std::string_view field, Fits fits) {
  static_cast<void>(take_part(field));  // the value itself
  while (!field.empty()) {
    const auto parameter = read(take_part(field));
    if (fits(parameter.name)) return parameter;
  }
  return std::nullopt;
}

unsigned hex(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? static_cast<unsigned>(l - 'a') + 10 : 16;
}

void append_decoded(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) < 16 && hex(text[i + 2]) < 16) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
}

// What follows charset'language'
std::string_view without_charset(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  return second == std::string_view::npos ? text : text.substr(second + 1);
}

}  // namespace

bool same_nocase(std::string_view text, std::string_view lower_text) {
  return std::equal(text.begin(), text.end(), lower_text.begin(), lower_text.end(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view header_parameter(std::string_view field, std::string_view name) {
  const auto found = find(field, [&](std::string_view n) { return same_nocase(n, name); });
  return found ? found->value : std::string_view{};
}

bool long_parameter(std::string_view field, std::string_view name, std::size_t most,
                    std::string& out) {
  out.clear();
  const auto plain = header_parameter(field, name);
  if (!plain.empty()) {
    out = plain.substr(0, most);
    return true;
  }
  std::string wanted(name);
  wanted += '*';
  if (const auto whole = header_parameter(field, wanted); !whole.empty()) {
    append_decoded(without_charset(whole), out);
    out.resize(std::min(out.size(), most));
    return true;
  }
  for (unsigned i = 0; i < kMostPieces && out.size() < most; ++i) {
    wanted.resize(name.size() + 1);
    wanted += std::to_string(i);
    auto piece = header_parameter(field, wanted);
    if (!piece.empty()) {
      out += piece;
      continue;
    }
    wanted += '*';
    piece = header_parameter(field, wanted);
    if (piece.empty()) break;
    append_decoded(i == 0 ? without_charset(piece) : piece, out);
  }
  out.resize(std::min(out.size(), most));
  return !out.empty();
}

}  // namespace rampart::sniffer
