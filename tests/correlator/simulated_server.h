#pragma once

#include <algorithm>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "correlator/capacity_search.h"
#include "correlator/judge_trial.h"

namespace rampart::correlator {

// A server as a queue (G/D/c): what a trial at some rate would measure of it. Seeded, no clock.
struct SimulatedServer {
  std::uint32_t servers = 4;
  double service = 0.002;          // seconds; the capacity is servers / service
  bool poisson = true;             // arrivals
  double jitter = 0;               // of the service time from trial to trial, a share
  double leak = 0;                 // the service time grows by this share with each trial
  double cliff = 1e12;             // above this rate the server does a fifth of its work
  double client_most = 1e12;       // per second: the client is busy above it
  std::uint32_t connections = 64;  // on which the client sends
  bool queue_in_client = false;    // the server is fast, the connections are what is waited for

  [[nodiscard]] double capacity() const { return servers / service; }

  TrialFigures hold(base::Rps rate, const model::FindSpec& find, std::mt19937_64& random) {
    using base::from_seconds;
    const double warm_up = base::seconds(model::warm_up(find));
    const double end = base::seconds(find.step);
    double each = service * (1 + leak * trials++);
    each *= 1 + jitter * std::uniform_real_distribution<double>(-1, 1)(random);
    if (rate.per_second > cliff) each *= 5;
    const double asked = std::min(rate.per_second, client_most);
    TrialFigures f;
    f.rate = rate;
    f.from = base::MonoTime(from_seconds(warm_up));
    f.to = base::MonoTime(from_seconds(end));
    f.busy = rate.per_second > client_most ? 0.99 : 0.2;
    std::exponential_distribution<double> gap(asked);
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
    for (std::uint32_t i = 0; i < servers; ++i) free_at.push(0);
    for (double due = gap(random); due < end; due += poisson ? gap(random) : 1 / asked) {
      const double begin = std::max(due, free_at.top());
      const double done = begin + each;
      free_at.pop();
      free_at.push(done);
      if (due < warm_up && done >= warm_up) ++f.waiting;
      if (due >= warm_up) ++f.counters.offered;
      if (due >= warm_up && queue_in_client && begin > due) ++f.starved;
      if (done < warm_up || done >= end) continue;
      ++f.counters.completed;
      f.latency.record(from_seconds(done - due));
      const double busy_for =
          queue_in_client ? each : std::min(done - due, connections / capacity());
      f.service.record(from_seconds(busy_for));
    }
    // What a client without time could not send is due all the same.
    f.counters.offered += static_cast<std::uint64_t>((rate.per_second - asked) * (end - warm_up));
    f.arrivals = f.counters.offered;
    f.finished = f.counters.completed;
    return f;
  }

  int trials = 0;
};

struct Searched {
  CapacitySearch search;
  std::vector<model::Trial> trials;
};

// The whole search against the server, with the judgement of every trial.
inline Searched search_capacity(SimulatedServer server, const model::FindSpec& find,
                                std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Searched out{CapacitySearch(find), {}};
  base::Nanos usual{0};
  while (const auto rate = out.search.next()) {
    const auto figures = server.hold(*rate, find, random);
    auto trial = judge_trial(find, out.search.trials(), figures, usual);
    const auto median = figures.service.at(50);
    if (trial.outcome == model::TrialOutcome::kept)
      usual = usual.count() == 0 ? median : std::min(usual, median);
    out.search.feed(*rate, trial.outcome);
    out.trials.push_back(std::move(trial));
  }
  return out;
}

}  // namespace rampart::correlator
