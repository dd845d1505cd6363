#include "probe/module/match_template.h"

#include <cctype>
#include <charconv>
#include <optional>

namespace rampart::probe {
namespace {

bool of_name(unsigned char c) {
  return std::isalnum(c) != 0 || c == '_' || c >= 0x80;  // letters beyond ASCII are letters
}

// At a "$": the name behind it, and how many bytes both take.
struct Reference {
  std::string_view name;
  std::size_t size = 0;
};
std::optional<Reference> reference_at(std::string_view text) {
  const bool brace = text.substr(1).starts_with('{');
  const std::size_t first = brace ? 2 : 1;
  std::size_t end = first;
  while (end < text.size() && of_name(static_cast<unsigned char>(text[end]))) ++end;
  if (end == first || (brace && (end == text.size() || text[end] != '}'))) return std::nullopt;
  return Reference{text.substr(first, end - first), end + (brace ? 1 : 0)};
}

std::string_view group_of(std::string_view name, const Match& match) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool leading_zero = name.size() > 1 && name[0] == '0';
  if (error == std::errc() && end == name.data() + name.size() && !leading_zero)
    return number < match.groups.size() ? match.groups[number] : std::string_view();
  const auto named = match.names.find(std::string(name));
  if (named == match.names.end()) return {};
  return match.groups[static_cast<std::size_t>(named->second)];
}

}  // namespace

std::string expand(std::string_view text, const Match& match) {
  std::string out;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
    } else if (const auto reference = reference_at(text)) {
      out += group_of(reference->name, match);
      text.remove_prefix(reference->size);
    } else {
      out += '$';
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace rampart::probe
