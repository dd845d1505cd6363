#pragma once

#include <vector>

#include "correlator/timeline.h"

namespace rampart::correlator {

// A stretch in which SYNs that are not this run's far outnumber the handshakes that others
// complete: at least 100/s and ten to one, for two seconds or more.
struct Flood {
  model::TimeSpan window;
  double syn_rate = 0;        // foreign SYNs per second, mean
  double handshake_rate = 0;  // handshakes completed by others per second, mean
};
std::vector<Flood> find_floods(const Timeline& timeline);

}  // namespace rampart::correlator
