#pragma once

#include <cstdint>

#include "base/histogram.h"
#include "model/load.h"
#include "model/trial.h"

namespace rampart::correlator {

// What was measured of one trial, of its judged part where nothing else is said.
struct TrialFigures {
  base::Rps rate;
  base::MonoTime from;
  base::MonoTime to;
  model::LoadCounters counters;  // requests, over all steps of the load
  std::uint64_t arrivals = 0;    // due: requests, or flows where the load is one
  std::uint64_t finished = 0;    // of these, answered as expected, to the last request
  std::uint64_t waiting = 0;     // requests that were due and not ended when the judged part began
  std::uint64_t missed = 0;      // of the whole trial
  std::uint64_t answers_dropped = 0;  // of the whole trial: this host had no room for them
  base::Histogram latency;
  base::Histogram service;
  base::Histogram schedule_lag;
  double busy = 0;  // share of the time, of the busiest worker
  std::uint64_t starved = 0;
};

// Did the limits hold, and where they did not, is the server the reason? Besides latency and the
// share of errors (1 % where none is given), the answers must keep up with the schedule: the
// requests that are due and not ended may grow by 1 % of those offered, or by what chance makes of
// the level at the beginning. Without that an open load past the capacity would only look slow once
// its queue is long. All three are of requests, as in the objectives of a run: the later requests
// of a flow are due once they are sent, so that its pauses are no delay. What the trial counts for
// people are arrivals, like its rate.
//
// A trial that keeps its limits is good whatever the client did. One that misses them is the
// client's where a worker had no time left, where requests left late by a quarter of the latency
// that was missed, where this host was out of ports or descriptors or dropped answers, or where
// every connection was busy although the server answered as fast as ever: `usual_service`, the
// least median of the kept trials so far, 0 where there is none.
model::Trial judge_trial(const model::FindSpec& find, std::uint32_t position,
                         const TrialFigures& figures, base::Nanos usual_service);

}  // namespace rampart::correlator
