#include "base/spelling.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace rampart::base {
namespace {

constexpr std::size_t kLongest = 64;  // nothing in the language is longer

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates,
                         std::size_t right) {
  std::string_view best;
  if (word.empty() || word.size() > kLongest) return best;
  std::size_t least = kLongest;
  for (const auto candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    const auto allowed = std::max<std::size_t>(1, longer / right);
    if (longer - shorter > allowed) continue;  // no fewer steps can make up for it
    const auto d = distance(word, candidate);
    if (d <= allowed && d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace rampart::base
