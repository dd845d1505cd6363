#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/histogram.h"
#include "model/load.h"

namespace rampart::loadgen {

// What one load did on one worker. Loop thread only; no allocation but in take().
class Recorder {
 public:
  Recorder(std::uint32_t load, std::uint32_t worker) : load_(load), worker_(worker) {}

  // hot
  void started() {
    ++now_.started;
    ++in_flight_;
  }
  void sent(std::uint64_t request_bytes) { now_.bytes_out += request_bytes; }
  void completed(base::Nanos latency, base::Nanos service, std::uint64_t reply_bytes) {
    ++now_.completed;
    answered(latency, service, reply_bytes);
  }
  // An answer that is not the expected one.
  void rejected(model::LoadError why, base::Nanos latency, base::Nanos service,
                std::uint64_t reply_bytes) {
    count_failure(why);
    answered(latency, service, reply_bytes);
  }
  // Given up after `timeout`: the times are lower bounds.
  void timed_out(base::Nanos latency, base::Nanos service) {
    count_failure(model::LoadError::timeout);
    answered(latency, service, 0);
  }
  // Lost without an answer.
  void lost(model::LoadError why) {
    count_failure(why);
    --in_flight_;
  }
  void offered(std::uint64_t arrivals) { now_.offered += arrivals; }
  void missed(std::uint64_t arrivals) { now_.missed += arrivals; }
  void connected() { ++now_.connects; }
  void connect_failed() { ++now_.connect_failures; }

  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  // What happened since the last call, for the interval [start, start + length).
  std::unique_ptr<model::LoadInterval> take(base::MonoTime start, base::Nanos length);

 private:
  void count_failure(model::LoadError why) {
    ++now_.failed;
    ++now_.errors[static_cast<std::size_t>(why)];
  }
  void answered(base::Nanos latency, base::Nanos service, std::uint64_t reply_bytes) {
    --in_flight_;
    now_.bytes_in += reply_bytes;
    latency_.record(latency);
    service_.record(service);
  }

  const std::uint32_t load_;
  const std::uint32_t worker_;
  model::LoadCounters now_;
  std::uint64_t in_flight_ = 0;
  base::Histogram latency_;
  base::Histogram service_;
};

}  // namespace rampart::loadgen
