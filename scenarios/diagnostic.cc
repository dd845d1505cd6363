#include "scenarios/diagnostic.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace rampart::scenarios {

std::string Diagnostic::text() const {
  if (line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

std::string to_text(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const auto& diagnostic : diagnostics) {
    if (!out.empty()) out += '\n';
    out += diagnostic.text();
  }
  return out;
}

void Diagnostics::add(const Place& place, std::string message) {
  if (found_.size() >= kMost) return;
  if (place.override_index >= 0) {
    const auto index = static_cast<std::size_t>(place.override_index);
    found_.push_back({"--set " + overrides_.at(index), 0, 0, std::move(message)});
  } else {
    found_.push_back({file_, place.line, place.column, std::move(message)});
  }
}

std::vector<Diagnostic> Diagnostics::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  // An anchored node that is used twice is judged twice, at the same place.
  std::vector<Diagnostic> out;
  for (auto& diagnostic : found_)
    if (std::find(out.begin(), out.end(), diagnostic) == out.end())
      out.push_back(std::move(diagnostic));
  found_.clear();
  return out;
}

}  // namespace rampart::scenarios
