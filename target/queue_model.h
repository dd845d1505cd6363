#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "base/clock.h"

namespace rampart::target {

// The target stands still from `after` (counted from the first request) for `length`.
struct HangWindow {
  base::Nanos after{0};
  base::Nanos length{0};
};

// A queue with `servers` servers and a constant service time (G/D/k): when does a request that
// arrives now get its answer? During a hang no work is done, and what was begun ends that much
// later. Pure arithmetic; no clock of its own.
class QueueModel {
 public:
  struct Options {
    base::Nanos service_time{0};  // 0: no capacity limit
    std::uint32_t servers = 1;
    std::size_t queue_limit = 100'000;  // requests that wait for a server; above it: refused
    std::vector<HangWindow> hangs{};    // by start, not overlapping
  };
  explicit QueueModel(Options options);

  struct Admission {
    bool admitted = false;
    base::MonoTime done;
  };
  Admission arrive(base::MonoTime now);

  // Requests that wait for a server now.
  [[nodiscard]] std::size_t waiting(base::MonoTime now);

 private:
  [[nodiscard]] base::MonoTime finish(base::MonoTime begin, base::Nanos work) const;

  const Options options_;
  bool started_ = false;
  base::MonoTime first_;
  using Earliest = std::priority_queue<base::MonoTime, std::vector<base::MonoTime>, std::greater<>>;
  Earliest free_at_;  // one per server
  Earliest begins_;   // of the requests that have not begun
};

}  // namespace rampart::target
