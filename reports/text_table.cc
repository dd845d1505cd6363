#include "reports/text_table.h"

#include <algorithm>

#include "reports/escape.h"

namespace rampart::reports {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::strong: return "\x1b[1m";
    case Tone::faint: return "\x1b[2m";
    case Tone::good: return "\x1b[32m";
    case Tone::warning: return "\x1b[33m";
    case Tone::bad: return "\x1b[1;31m";
  }
  return "";
}

}  // namespace

std::string Painter::paint(Tone tone, std::string_view text) const {
  const auto code = code_of(tone);
  if (!colour_ || code.empty() || text.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\x1b[0m";
}

std::string TextTable::render(const Painter& painter) const {
  std::vector<std::size_t> widths(right_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));
  std::string out;
  for (const auto& row : rows_) {
    std::string line = "  ";
    std::string gap;  // written only in front of a further cell, so lines have no tail
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      const std::string pad(widths[i] - display_width(row[i].text), ' ');
      const auto text = painter.paint(row[i].tone, row[i].text);
      if (right_[i]) gap += pad;
      if (!row[i].text.empty()) {
        line += gap + text;
        gap.clear();
      }
      if (!right_[i]) gap += pad;
      gap += "  ";
    }
    out += line + "\n";
  }
  return out;
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  const std::size_t room = width > indent + 20 ? width - indent : 20;
  std::string out;
  std::string line;
  while (!text.empty()) {
    const auto space = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > room) {
      out += margin + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) out += margin + line + "\n";
  return out;
}

}  // namespace rampart::reports
