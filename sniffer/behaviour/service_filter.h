#pragma once

#include <cstdint>
#include <memory>

#include "sniffer/behaviour/distinct.h"

namespace rampart::sniffer::behaviour {

// Endpoints that have answered a SYN lately (B. H. Bloom: "Space/time trade-offs in hash coding
// with allowable errors", 1970), so that a service which restarts is not taken for a closed port.
// Two generations: what answered in the last ten minutes is known, what did not for twenty is
// forgotten. Takes keyed hashes. A false "known" has a chance of 1.7 % with 10,000 services in
// each.
class ServiceFilter {
 public:
  // hot
  void add(std::uint64_t hash) {
    for (const auto h : probes(hash)) sets_->now.add(h);
  }
  [[nodiscard]] bool has(std::uint64_t hash) const {
    return in(sets_->now, hash) || in(sets_->before, hash);
  }
  // Once per second.
  void tick() {
    if (++seconds_ < kGeneration) return;
    seconds_ = 0;
    sets_->before = sets_->now;
    sets_->now.clear();
  }

 private:
  static constexpr unsigned kGeneration = 600;
  using Set = BitmapSet<131072>;
  struct Sets {
    Set now, before;
  };
  static std::array<std::uint64_t, 3> probes(std::uint64_t hash) {
    const auto step = (hash >> 32U) | 1U;  // double hashing: A. Kirsch, M. Mitzenmacher, 2006
    return {hash, hash + step, hash + 2 * step};
  }
  static bool in(const Set& set, std::uint64_t hash) {
    for (const auto h : probes(hash))
      if (!set.has(h)) return false;
    return true;
  }

  std::unique_ptr<Sets> sets_ = std::make_unique<Sets>();
  unsigned seconds_ = 0;
};

}  // namespace rampart::sniffer::behaviour
