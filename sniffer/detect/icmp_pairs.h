#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

// Which hosts have lately sent each other ICMP of one kind: a question and its answer are one kind,
// whatever identifier they have. Rules that are judged once per conversation take that for one,
// while flows have an echo's identifier, so that own probes are told from those of others. Bounded:
// a pair may push another out, which then counts as new. One thread. hot
class IcmpPairs {
 public:
  explicit IcmpPairs(HashKey key) : key_(key) {}
  // Whether this is the first packet of its pair in its direction, by packet time. Remembers it.
  bool begins(const Packet& packet);

 private:
  static constexpr std::size_t kPairs = 4096;
  struct Pair {
    std::uint64_t id = 0;
    base::WallTime last{};
    std::array<bool, 2> heard{};  // the lower address, the higher
  };
  HashKey key_;
  std::vector<Pair> pairs_;  // by hash; made with the first packet
};

}  // namespace rampart::sniffer
