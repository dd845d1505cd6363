#include "probe/status_list.h"

#include <fmt/core.h>

#include <algorithm>

namespace rampart::probe {
namespace {

std::string part(int first, int last) {
  if (first % 100 == 0 && last - first == 99) return fmt::format("{}xx", first / 100);
  if (first == last) return fmt::format("{}", first);
  if (last - first == 1) return fmt::format("{}, {}", first, last);
  return fmt::format("{} to {}", first, last);
}

}  // namespace

std::string status_list(std::vector<int> codes) {
  constexpr int kMostParts = 8;
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  std::string out;
  int parts = 0;
  for (std::size_t i = 0; i < codes.size();) {
    auto end = i + 1;
    // A class of codes is a part of its own.
    while (end < codes.size() && codes[end] == codes[end - 1] + 1 && codes[end] % 100 != 0) ++end;
    if (++parts > kMostParts) return out + ", ...";
    out += (out.empty() ? "" : ", ") + part(codes[i], codes[end - 1]);
    i = end;
  }
  return out;
}

}  // namespace rampart::probe
