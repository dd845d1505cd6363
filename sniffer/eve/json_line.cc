#include "sniffer/eve/json_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rampart::sniffer {
namespace {

// Stands in JSON as it is.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::string quoted(std::string_view text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

void append_number(std::string& out, auto number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

}  // namespace

void JsonLine::add(std::string_view key, std::string_view text) {
  auto& out = begin(key);
  if (is_plain(text))
    out.append("\"").append(text).append("\"");
  else
    out += quoted(text);
}

void JsonLine::add(std::string_view key, std::span<const std::uint16_t> numbers) {
  auto& out = begin(key);
  out += '[';
  for (const auto number : numbers) {
    if (out.back() != '[') out += ',';
    append_number(out, number);
  }
  out += ']';
}

void JsonLine::open(std::string_view key) { begin(key) += '{'; }

std::string& JsonLine::begin(std::string_view key) {
  if (text_.back() != '{') text_ += ',';
  return text_.append("\"").append(key).append("\":");
}

void JsonLine::add_unsigned(std::string_view key, std::uint64_t number) {
  append_number(begin(key), number);
}

void JsonLine::add_signed(std::string_view key, std::int64_t number) {
  append_number(begin(key), number);
}

}  // namespace rampart::sniffer
