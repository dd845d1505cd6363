#include "sniffer/rules/coverage.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/percent.h"

namespace rampart::sniffer {
namespace {

constexpr std::size_t kMostNamed = 10;

}  // namespace

void Coverage::add(const ParsedRules& parsed) {
  loaded_ += parsed.set.rules.size();
  refused_ += parsed.failed;
  for (const auto& d : parsed.diagnostics)
    ++by_keyword_[d.keyword.empty() ? "keywords that do not go together" : d.keyword];
}

std::string Coverage::line() const {
  const auto all = loaded_ + refused_;
  auto out = fmt::format("{} of {} rules can be used", loaded_, all);
  if (all != 0)
    out += fmt::format(
        " ({})", base::format_percent(static_cast<double>(loaded_) / static_cast<double>(all)));
  std::vector<std::pair<std::size_t, std::string>> rows;
  for (const auto& [keyword, count] : by_keyword_) rows.emplace_back(count, keyword);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < std::min(rows.size(), kMostNamed); ++i)
    out += fmt::format("{}{} {}", i == 0 ? "; refused: " : ", ", rows[i].first, rows[i].second);
  if (rows.size() > kMostNamed) out += fmt::format(" and {} others", rows.size() - kMostNamed);
  return out;
}

}  // namespace rampart::sniffer
