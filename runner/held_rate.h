#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "correlator/judge_trial.h"
#include "loadgen/worker.h"
#include "model/plan.h"
#include "runner/rings.h"

namespace rampart::runner {

// One trial of a capacity search: the searched load at one rate, on workers and threads of its own.
// Their records go on to the run's rings; what falls into the judged part is summed up on the way.
class HeldRate {
 public:
  // All outlive it. `position` counts the run's trials, so that random arrivals differ.
  static base::Result<std::unique_ptr<HeldRate>> make(const model::Plan& plan, base::Rps rate,
                                                      std::uint32_t position, Rings& rings,
                                                      const std::string& run_id,
                                                      const base::Clock& clock);
  ~HeldRate();

  // The first request is due at `start`.
  void start(base::MonoTime start);
  [[nodiscard]] bool started() const { return !threads_.empty(); }
  // Every worker has ended.
  [[nodiscard]] bool over() const { return started() && working_.load() == 0; }
  // Asks the workers to end and waits for it.
  void stop();

  // After the end.
  [[nodiscard]] correlator::TrialFigures figures() const;
  [[nodiscard]] loadgen::Unfinished unfinished() const;

 private:
  class Tap;

  HeldRate(const model::Plan& plan, base::Rps rate, std::uint32_t position);

  model::Plan plan_;  // of this trial
  const base::Rps rate_;
  const base::Nanos warm_up_;
  const base::Nanos judged_;
  base::MonoTime from_;
  std::vector<std::unique_ptr<Tap>> taps_;  // one per worker
  std::vector<std::unique_ptr<loadgen::Worker>> workers_;
  std::atomic<int> working_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace rampart::runner
