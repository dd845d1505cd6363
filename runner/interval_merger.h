#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "model/wire.h"

namespace rampart::runner {

// Adds up the seconds of several pipelines that share one capture. A second is complete once every
// pipeline has told of it or of a later one, or has ended. One thread.
class IntervalMerger {
 public:
  using Sink = std::function<void(const model::WireInterval&)>;

  // `sink` is told of each second once, in order.
  IntervalMerger(std::size_t sources, Sink sink);

  // Those of one source come in order.
  void add(std::size_t source, const model::WireInterval& interval);
  void ended(std::size_t source);

 private:
  struct Second {
    model::WireInterval sum;
    std::vector<std::pair<base::Nanos, std::uint64_t>> round_trips;  // medians, and of how many
  };
  void emit();

  Sink sink_;
  std::vector<base::WallTime> latest_;  // by source: the start of the newest second
  std::map<base::WallTime, Second> seconds_;
};

}  // namespace rampart::runner
