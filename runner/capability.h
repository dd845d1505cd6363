#pragma once

#include <cstdint>

#include "base/result.h"

namespace rampart::runner {

// What root may still need once its sockets are open.
enum class Keep : std::uint8_t {
  nothing,
  // Writing results into folders of other users: CAP_DAC_OVERRIDE, and CAP_CHOWN, by which SQLite
  // gives the files beside a database to its owner, who could not open it otherwise.
  file_access,
  // Probing for as long as it runs: raw sockets for ICMP (CAP_NET_RAW), and configurations, keys
  // and passwords that are read anew (CAP_DAC_READ_SEARCH).
  probing,
};

// Gives every other capability up for good (capabilities(7)): from the effective, permitted,
// inheritable and ambient sets, from the bounding set where that is allowed, and no program that is
// started from here on gains any (no_new_privs). It holds for the calling thread and those that it
// starts from then on: call it when the sockets that need capabilities are open, and before there
// are other threads. Nothing to do where the thread holds none.
base::Status drop_capabilities(Keep keep);

}  // namespace rampart::runner
