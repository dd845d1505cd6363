#pragma once

#include <chrono>
#include <string>

#include "model/evidence.h"
#include "model/result.h"

namespace rampart::reports {

struct SampleRun {
  model::RunResult result;
  model::Evidence evidence;
};

// A run of a small web server as a fluid model, the same at every call: the load climbs past what
// the server can do (seconds 8 to 16), the server hangs (27 to 31), canaries are sent every 5 s,
// and two seconds of packet records are missing.
SampleRun sample_run();

// The sample, as if its load were a login in three steps over TLS.
SampleRun sample_flow();

// The sample with every string of it replaced by `text` (names, details, messages, URL paths).
SampleRun hostile_run(const std::string& text);

// The same pattern over and over until `length`.
SampleRun sample_run(std::chrono::seconds length);

}  // namespace rampart::reports
