#include "cli/complaint.h"

#include <algorithm>

#include "reports/escape.h"

namespace rampart::cli {
namespace {

std::string line_of(std::string_view text) {
  constexpr std::size_t kLongest = 500;  // columns
  return reports::elide(reports::escape_terminal(text), kLongest);
}

}  // namespace

std::string complaint_line(const sniffer::Diagnostic& diagnostic) {
  return line_of(sniffer::to_string(diagnostic));
}

std::string error_lines(std::string_view text) {
  std::string out;
  while (true) {
    const auto end = std::min(text.find('\n'), text.size());
    out += line_of(text.substr(0, end));
    if (end == text.size()) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace rampart::cli
