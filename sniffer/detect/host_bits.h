#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/siphash.h"
#include "sniffer/rules/flowbits.h"

namespace rampart::sniffer {

// The bits behind xbits: of hosts and of pairs of hosts, each until its time is over. Bounded: a
// new bit that finds its places taken displaces the one that would end first. Time is packet time.
// No allocation after construction. One thread.
class HostBits {
 public:
  static constexpr std::size_t kDefaultCapacity = 65536;

  explicit HostBits(HashKey key, std::size_t capacity = kDefaultCapacity);

  // hot
  [[nodiscard]] bool is_set(const Xbits& xbits, const Packet& packet) const;
  // Sets, unsets or toggles, whichever `xbits` says. hot
  void change(const Xbits& xbits, const Packet& packet);

  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  struct Entry {
    std::uint64_t high = 0;  // a keyed fingerprint of bit and hosts; both 0: free
    std::uint64_t low = 0;
    base::WallTime until{};
  };

  [[nodiscard]] Entry entry_for(const Xbits& xbits, const Packet& packet) const;
  [[nodiscard]] std::size_t first_place(const Entry& wanted) const;

  HashKey key_;
  std::vector<Entry> entries_;
  std::uint64_t displaced_ = 0;
};

}  // namespace rampart::sniffer
