#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/wire.h"

namespace rampart::cli {

// The attacks of a capture that were told from behaviour, for the summary of `rampart sniff`.
class AttackTally {
 public:
  static constexpr std::size_t kMost = 20;

  // `detection` has a behaviour. The last report of an attack stands for it; beyond kMost attacks
  // they are only counted.
  void add(const model::Detection& detection);
  // "attack: SYN flood of 192.0.2.1:80 ...", by start; the addresses come from packets.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  std::map<std::uint64_t, model::Detection> last_;  // by the attack's number
  std::uint64_t most_ = 0;                          // the highest number
};

}  // namespace rampart::cli
