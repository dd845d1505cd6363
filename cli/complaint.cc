#include "cli/complaint.h"

#include "reports/escape.h"

namespace rampart::cli {

std::string complaint_line(const sniffer::Diagnostic& diagnostic) {
  constexpr std::size_t kLongest = 500;  // columns
  return reports::elide(reports::escape_terminal(sniffer::to_string(diagnostic)), kLongest);
}

}  // namespace rampart::cli
