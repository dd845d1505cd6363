#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "model/load.h"

namespace rampart::loadgen {

// What one load did on one worker, step by step. Loop thread only; no allocation but in take().
class Recorder {
 public:
  Recorder(std::uint32_t load, std::uint32_t worker, std::uint32_t steps)
      : load_(load), worker_(worker), steps_(steps) {}

  // hot
  void started(std::uint32_t step) {
    ++steps_[step].now.started;
    ++steps_[step].in_flight;
    ++in_flight_;
  }
  void sent(std::uint32_t step, std::uint64_t request_bytes) {
    steps_[step].now.bytes_out += request_bytes;
  }
  void blocked(std::uint32_t step) { ++steps_[step].now.send_blocked; }
  void completed(std::uint32_t step, base::Nanos latency, base::Nanos service,
                 std::uint64_t reply_bytes) {
    ++steps_[step].now.completed;
    answered(steps_[step], latency, service, reply_bytes);
  }
  // An answer that is not the expected one, or none within its time: then the times are lower
  // bounds.
  void failed(std::uint32_t step, model::LoadError why, base::Nanos latency, base::Nanos service,
              std::uint64_t reply_bytes) {
    count_failure(steps_[step], why);
    answered(steps_[step], latency, service, reply_bytes);
  }
  // Lost without an answer.
  void lost(std::uint32_t step, model::LoadError why) {
    count_failure(steps_[step], why);
    --steps_[step].in_flight;
    --in_flight_;
  }
  // Of the schedule, which knows the first step only.
  void offered(std::uint64_t arrivals) { steps_.front().now.offered += arrivals; }
  // A step after the first, when it is sent.
  void offered_step(std::uint32_t step) { ++steps_[step].now.offered; }
  void missed(std::uint64_t arrivals) { steps_.front().now.missed += arrivals; }
  // Of connections; those that belong to no step count with the first.
  [[nodiscard]] model::LoadCounters& connections() { return steps_.front().now; }

  [[nodiscard]] std::uint32_t steps() const { return static_cast<std::uint32_t>(steps_.size()); }
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  // What happened in a step since the last call for it, for the interval [start, start + length).
  std::unique_ptr<model::LoadInterval> take(std::uint32_t step, base::MonoTime start,
                                            base::Nanos length);

 private:
  struct Step {
    model::LoadCounters now;
    std::uint64_t in_flight = 0;
    base::Histogram latency;
    base::Histogram service;
  };

  static void count_failure(Step& step, model::LoadError why) {
    ++step.now.failed;
    ++step.now.errors[static_cast<std::size_t>(why)];
  }
  void answered(Step& step, base::Nanos latency, base::Nanos service, std::uint64_t reply_bytes) {
    --step.in_flight;
    --in_flight_;
    step.now.bytes_in += reply_bytes;
    step.latency.record(latency);
    step.service.record(service);
  }

  const std::uint32_t load_;
  const std::uint32_t worker_;
  std::uint64_t in_flight_ = 0;
  std::vector<Step> steps_;
};

}  // namespace rampart::loadgen
