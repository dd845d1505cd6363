#include "correlator/flood.h"

#include <algorithm>

namespace rampart::correlator {
namespace {

constexpr double kFloor = 100;  // foreign SYNs per second
constexpr double kRatio = 10;   // to one handshake completed by others

double foreign_syns(const model::WireInterval& w) {
  return w.syn > w.own_syn ? static_cast<double>(w.syn - w.own_syn) : 0;
}

}  // namespace

std::vector<Flood> find_floods(const Timeline& timeline) {
  struct Sum {
    model::TimeSpan window;
    double syns = 0, handshakes = 0, length = 0;
    std::size_t intervals = 0;
  };
  std::vector<Sum> sums;
  for (const auto& sight : timeline.wire) {
    const auto& w = *sight.interval;
    const double length = base::seconds(w.length);
    const double syns = foreign_syns(w);
    const auto handshakes = static_cast<double>(w.other_handshakes);
    if (length <= 0 || syns < kFloor * length || syns < kRatio * handshakes) continue;
    if (sums.empty() || sight.span.from > sums.back().window.to + std::chrono::seconds(2))
      sums.push_back({sight.span, 0, 0, 0, 0});
    auto& sum = sums.back();
    sum.window.to = std::max(sum.window.to, sight.span.to);
    sum.syns += syns;
    sum.handshakes += handshakes;
    sum.length += length;
    ++sum.intervals;
  }
  std::vector<Flood> floods;
  for (const auto& s : sums)
    if (s.intervals >= 2) floods.push_back({s.window, s.syns / s.length, s.handshakes / s.length});
  return floods;
}

}  // namespace rampart::correlator
