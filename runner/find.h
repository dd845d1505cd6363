#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "correlator/capacity_search.h"
#include "loadgen/worker.h"
#include "model/plan.h"
#include "runner/held_rate.h"
#include "runner/progress.h"
#include "runner/rings.h"

namespace rampart::runner {

// Carries out the plan's capacity search: trial after trial, each judged once its workers have
// ended, each kept with the run. Passive: the run's main thread calls poll() every few
// milliseconds.
class Find {
 public:
  // All outlive it. Makes the workers of the first trial, so that what they cannot open is known
  // before anything is sent.
  static base::Result<std::unique_ptr<Find>> make(const model::Plan& plan, Rings& rings,
                                                  const std::string& run_id,
                                                  const base::Clock& clock);

  // Starts and ends what is due. True once the search is over.
  base::Result<bool> poll(base::MonoTime now);
  // Breaks off: the trial that runs is not judged.
  void stop();

  [[nodiscard]] SearchProgress progress() const;
  // Over all trials: requests that were without an answer when their trial ended, and answers that
  // this host dropped.
  [[nodiscard]] const loadgen::Unfinished& unfinished() const { return unfinished_; }

 private:
  Find(const model::Plan& plan, Rings& rings, const std::string& run_id, const base::Clock& clock);

  base::Status prepare();
  void end_trial(base::MonoTime now);
  void leave();

  const model::Plan& plan_;
  Rings& rings_;
  const std::string run_id_;
  const base::Clock& clock_;
  correlator::CapacitySearch search_;
  std::unique_ptr<HeldRate> trial_;
  base::MonoTime began_;          // the trial that runs
  base::MonoTime resume_;         // no trial starts before
  base::Nanos usual_service_{0};  // least median of the kept trials; 0: none yet
  loadgen::Unfinished unfinished_;
};

}  // namespace rampart::runner
