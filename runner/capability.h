#pragma once

#include "base/result.h"

namespace rampart::runner {

// Gives CAP_NET_RAW up for good (capabilities(7)). It holds for the calling thread and those that
// it starts from then on: call it when the sockets that need it are open, and before there are
// other threads. Nothing to do where the thread does not hold it.
base::Status drop_net_raw();

}  // namespace rampart::runner
