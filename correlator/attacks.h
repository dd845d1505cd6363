#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "correlator/timeline.h"
#include "model/verdict.h"

namespace rampart::correlator {

// An attack by others that was told from behaviour.
struct Attack {
  model::Cause cause = model::Cause::unknown;
  model::TimeSpan window;
  std::vector<std::uint32_t> targets;  // indices
  bool anywhere = false;               // without targets: it may concern any; else it concerns none
  std::string host;                    // what was attacked
  bool degrading = false;              // by what the wire and the kernel showed of others
  std::string what;                    // "a SYN flood by others (512 SYNs/s)"
  std::vector<model::EvidenceItem> evidence;

  [[nodiscard]] bool concerns(std::uint32_t index) const {
    return targets.empty() ? anywhere
                           : std::find(targets.begin(), targets.end(), index) != targets.end();
  }
};

// Those that the sniffer reported; where it did not look for any, the SYN floods that the wire's
// seconds show (find_floods).
std::vector<Attack> find_attacks(const Timeline& timeline);

}  // namespace rampart::correlator
