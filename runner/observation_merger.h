#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "runner/ring.h"
#include "sniffer/behaviour/observation.h"

namespace rampart::runner {

// What one pipeline observed, on its way from its thread to the one that judges. Full: observations
// are lost and counted; ends of seconds never are, or the judge would wait for them.
class ObservationRing {
 public:
  explicit ObservationRing(std::size_t capacity) : ring_(capacity) {}

  // Producer thread. hot
  void push(const sniffer::Observation& observation);
  // Producer thread, or after it has ended: ends of seconds that found no room. True where none is
  // left.
  bool settle();
  // Consumer thread.
  bool pop(sniffer::Observation& observation) { return ring_.pop(observation); }
  // Any thread.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  Ring<sniffer::Observation> ring_;
  std::vector<sniffer::Observation> owed_;  // producer thread only
  std::atomic<std::uint64_t> dropped_{0};
};

// Hands on what several pipelines observed as if one had: what all saw in a second, then its end.
// What a pipeline saw after it had ended a second waits in its ring for the others to end it, which
// may take half a second where they have nothing to do. One thread.
class ObservationMerger {
 public:
  using Sink = std::function<void(const sniffer::Observation&)>;

  // The rings outlive the merger.
  ObservationMerger(std::vector<ObservationRing*> rings, Sink sink);

  // Hands on what is there, within bounds: it returns even where more comes all the time.
  void drain();
  // Nothing more will be pushed there: what is in it is all.
  void ended(std::size_t ring) { sources_[ring].ended = true; }

 private:
  struct Source {
    ObservationRing* ring;
    std::optional<base::WallTime> over;  // the second that it ended and others have not
    bool ended = false;
  };
  bool read(Source& source);

  Sink sink_;
  std::vector<Source> sources_;
};

}  // namespace rampart::runner
