#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/plan.h"
#include "model/result.h"
#include "runner/progress.h"

namespace rampart::runner {

struct RunOptions {
  std::string database;
  std::string command;  // as typed, kept with the run
  bool sniff = true;  // false: the plan's capture and its canaries are left out; the report says so
  const std::atomic<int>* signals;  // how many SIGINT or SIGTERM came; signal_number is the last
  const std::atomic<int>* signal_number;
  std::function<void(const Progress&)> on_progress;  // about once a second, on the calling thread
};

struct RunOutcome {
  std::string id;
  // As recorded; failed also where the store could not even take that.
  model::RunEnd end = model::RunEnd::unfinished;
  std::vector<std::string> warnings;  // what the store could not keep
};

// Carries out a prepared plan on threads of its own and blocks until all is recorded. Stops early
// on a signal or by the circuit breaker; load threads stop within 30 ms of it, requests in flight
// get 200 ms more. Fails before any load is sent where the store or the capture cannot be opened.
// The calling thread loses CAP_NET_RAW for good once the capture and the icmp sockets are open, so
// that no thread of the run has it.
base::Result<RunOutcome> run(const model::Plan& plan, const RunOptions& options,
                             const base::Clock& clock);

// Reads a stored run back and judges it. `run` as in store::Reader::load; the evidence is handed
// out where a place for it is given.
base::Result<model::RunResult> judge(const std::string& database, std::string_view run,
                                     model::Evidence* evidence_out);

// Keeps a judgement with its run.
base::Status keep_result(const std::string& database, const model::RunResult& result);

}  // namespace rampart::runner
