#include "sniffer/rules/rule_text.h"

#include <charconv>

namespace rampart::sniffer {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

}  // namespace

Located Located::trimmed() const {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return sub(0, 0);
  return sub(first, text.find_last_not_of(kBlank) - first + 1);
}

bool Located::take(std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  *this = sub(prefix.size()).trimmed();
  return true;
}

std::vector<Located> split(Located text, char separator) {
  std::vector<Located> out;
  while (true) {
    const auto end = text.text.find(separator);
    out.push_back(text.sub(0, end).trimmed());
    if (end == std::string_view::npos) return out;
    text = text.sub(end + 1);
  }
}

std::pair<Located, Located> first_word(Located text) {
  text = text.trimmed();
  const auto end = text.text.find_first_of(kBlank);
  if (end == std::string_view::npos) return {text, text.sub(text.text.size())};
  return {text.sub(0, end), text.sub(end).trimmed()};
}

std::optional<std::uint64_t> to_number(std::string_view text, std::uint64_t most) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

std::optional<std::int64_t> to_signed(std::string_view text, std::int64_t limit) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = to_number(text, static_cast<std::uint64_t>(limit));
  if (!value) return std::nullopt;
  return negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value);
}

bool is_name(std::string_view text) {
  if (text.empty()) return false;
  const char c = text.front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

base::Result<Located> unquote(Located value, Complaint& complaint) {
  value = value.trimmed();
  if (!value.text.starts_with('"')) return complaint.about(value, "expected a text in quotes");
  if (value.text.size() < 2 || value.text.back() != '"')
    return complaint.about(value, "the closing quote is missing");
  return value.sub(1, value.text.size() - 2);
}

}  // namespace rampart::sniffer
