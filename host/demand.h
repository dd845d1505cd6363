#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/plan.h"

namespace rampart::host {

// Connections of one target's loads: to one address and port, so that the local ports bound them.
struct Dialled {
  std::string target;
  std::uint64_t connections = 0;  // at a time
  double opened_per_second = 0;   // at the most, where the plan says so
  bool unbounded = false;         // a closed loop opens them as fast as it can
  std::uint64_t tuples = 1;       // local addresses times addresses of the target, as far as known
  bool loopback = false;
  bool leaves_time_wait = false;  // closes its connections itself, in order
};

// What a plan will ask of this machine.
struct Demand {
  std::uint64_t connections = 1024;  // at a time, of all loads
  std::vector<Dialled> dialled;
  std::uint64_t workers = 1;
  bool tls = false;
  bool local_server = true;  // the server, or one of them, may be on this machine
  bool icmp = false;         // ICMP sockets
  std::string interface;     // to capture on; empty: none
  bool by_plan = false;      // else what a load of note would ask for
};

Demand demand_of(const model::Plan& plan);

}  // namespace rampart::host
