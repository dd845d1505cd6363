#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "sniffer/flow/siphash.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// The counts behind threshold, detection_filter and rate_filter. Bounded: a new key that finds its
// places taken displaces the one whose window began first. Time is packet time. No allocation after
// construction.
class Thresholds {
 public:
  static constexpr std::size_t kDefaultCapacity = 65536;

  explicit Thresholds(HashKey key, std::size_t capacity = kDefaultCapacity);

  // Counts one match of the rule (`rule` is its number); true where it shall alert. hot
  bool pass(const Threshold& threshold, std::uint32_t rule, const base::IpAddress& source,
            const base::IpAddress& destination, base::WallTime now);

  // Counts one match of the rule; true where there are more than the filter takes, and until its
  // timeout has passed. hot
  bool exceeds(const RateFilter& filter, std::uint32_t rule, const base::IpAddress& source,
               const base::IpAddress& destination, base::WallTime now);

  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  struct Entry {
    std::uint64_t high = 0;  // a keyed fingerprint of rule and address, so that entries are small
    std::uint64_t low = 0;
    base::WallTime since{};
    std::uint32_t count = 0;
    bool used = false;
  };

  // What is counted for the rule in that way (`kind`), of these ends.
  Entry& find(Threshold::Track track, std::uint64_t kind, std::uint32_t rule,
              const base::IpAddress& source, const base::IpAddress& destination);

  HashKey key_;
  std::vector<Entry> entries_;
  std::uint64_t displaced_ = 0;
};

}  // namespace rampart::sniffer
