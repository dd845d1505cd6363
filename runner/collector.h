#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/histogram.h"
#include "model/plan.h"
#include "runner/breaker.h"
#include "runner/progress.h"
#include "runner/rings.h"
#include "store/writer.h"

namespace rampart::runner {

// The writer thread: empties the rings of load, probes and sniffer into the store, keeps the live
// figures, and asks the circuit breaker once a second.
class Collector {
 public:
  // All outlive the collector. `start` is the run's time zero.
  Collector(const model::Plan& plan, Rings& rings, store::Writer& writer, const base::Clock& clock,
            base::MonoTime start);

  // Until a stop is requested and the rings are empty. Producers must have ended by then.
  void run(const std::stop_token& stop);

  // Any thread.
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] std::optional<std::string> tripped() const;
  // After run(): the store's first error, where it still stands or has cost records; and how many.
  [[nodiscard]] const std::optional<base::Error>& store_error() const { return store_error_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  void drain();
  void add_anchor();
  void commit();
  void end_second(base::MonoTime now);
  void show_tally();
  void take(const model::LoadInterval& record);
  void take(const model::ProbeResult& record);
  template <class T>
  void keep(T&& record);

  const model::Plan& plan_;
  Rings& rings_;
  store::Writer& writer_;
  const base::Clock& clock_;
  const base::MonoTime start_;
  Breaker breaker_;
  Breaker::Second second_;
  base::MonoTime second_began_;
  // The second that the workers are reporting, which is shown once the next one begins.
  struct Tally {
    base::MonoTime start;
    double offered_rate = 0;
    double achieved_rate = 0;
    std::uint64_t in_flight = 0;
    base::Histogram latency;
  };
  Tally tally_;
  Progress next_;
  std::optional<base::Error> store_error_;
  std::uint64_t lost_ = 0;
  bool store_fails_ = false;
  bool load_came_ = false;  // since the last commit

  mutable std::mutex mutex_;  // guards the two below; a few times a second
  Progress progress_;
  std::optional<std::string> tripped_;
};

}  // namespace rampart::runner
