#pragma once

#include "model/result.h"

namespace rampart::correlator {

// The exit code of a run that was judged, the most serious that applies: 1 runtime error, 130/143
// interrupted, 5 the client was the limit, 4 a degrading attack, 3 an objective missed, 6 an
// objective undecided or a load without a single good answer, 0. A capacity search goes past what
// the server can do on purpose: its run misses no objective; 0 where it has its answer, 6 where
// not. (2, usage and configuration, never gets as far as a run.)
int exit_code(const model::RunResult& result);

}  // namespace rampart::correlator
