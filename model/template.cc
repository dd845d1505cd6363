#include "model/template.h"

#include <fmt/core.h>

namespace rampart::model {
namespace {

bool is_name(std::string_view name) {
  const auto dot = name.find('.');
  if (name.empty() || dot == 0 || dot == name.size() - 1 || dot != name.rfind('.')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '_' && c != '-' && c != '.') return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool has_variables(std::string_view text) { return text.find("{{") != std::string_view::npos; }

base::Result<std::vector<TemplatePiece>> parse_template(std::string_view text) {
  std::vector<TemplatePiece> out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find("{{", at);
    if (open != at)
      out.push_back(
          {false, std::string(text.substr(
                      at, open == std::string_view::npos ? std::string_view::npos : open - at))});
    if (open == std::string_view::npos) break;
    const auto close = text.find("}}", open + 2);
    if (close == std::string_view::npos)
      return base::fail(
          base::Errc::parse,
          fmt::format("the '{{{{' at character {} is not closed by '}}}}'", open + 1));
    const auto name = trimmed(text.substr(open + 2, close - open - 2));
    if (!is_name(name))
      return base::fail(
          base::Errc::parse,
          fmt::format("'{}' is no name to fill in: write {{{{csrf}}}} or {{{{users.name}}}}",
                      name));
    out.push_back({true, std::string(name)});
    at = close + 2;
  }
  return out;
}

}  // namespace rampart::model
