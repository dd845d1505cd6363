#include "runner/observation_merger.h"

#include <algorithm>
#include <utility>

namespace rampart::runner {

using sniffer::Observation;

namespace {

constexpr std::size_t kMostAtOnce = 1U << 20U;  // of one ring per drain()

}  // namespace

bool ObservationRing::settle() {
  while (!owed_.empty()) {
    if (!ring_.offer(Observation(owed_.front()))) return false;
    owed_.erase(owed_.begin());
  }
  return true;
}

void ObservationRing::push(const Observation& observation) {
  if (settle() && ring_.offer(Observation(observation))) return;
  if (observation.what == Observation::What::second)
    owed_.push_back(observation);
  else
    dropped_.fetch_add(1, std::memory_order_relaxed);
}

ObservationMerger::ObservationMerger(std::vector<ObservationRing*> rings, Sink sink)
    : sink_(std::move(sink)) {
  for (auto* ring : rings) sources_.push_back({.ring = ring, .over = {}});
}

// Up to the next end of a second. False where that is still to come.
bool ObservationMerger::read(Source& source) {
  Observation seen;
  for (std::size_t i = 0; !source.over; ++i) {
    if (i == kMostAtOnce) return false;
    if (!source.ring->pop(seen)) return source.ended;
    if (seen.what == Observation::What::second)
      source.over = seen.at;
    else
      sink_(seen);
  }
  return true;
}

void ObservationMerger::drain() {
  while (true) {
    bool all = true;
    for (auto& source : sources_) all = read(source) && all;
    if (!all) return;
    // They began to listen together, but the first packets of one may be of a later second.
    auto first = base::WallTime::max();
    for (const auto& source : sources_)
      if (source.over) first = std::min(first, *source.over);
    if (first == base::WallTime::max()) return;
    sink_({.client = {}, .server = {}, .what = Observation::What::second, .at = first});
    for (auto& source : sources_)
      if (source.over == first) source.over.reset();
  }
}

}  // namespace rampart::runner
