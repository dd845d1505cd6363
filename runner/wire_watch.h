#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/plan.h"
#include "model/wire.h"
#include "runner/pipeline_group.h"
#include "runner/rings.h"
#include "sniffer/pipeline.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/threshold_config.h"

namespace rampart::runner {

// Errc::config where no rule of the set, as it was loaded, has the sid of a canary, or where the
// rule does not alert at each match: that would look like a blind sniffer.
base::Status check_canaries(const model::Plan& plan, const sniffer::RuleSet& rules,
                            const sniffer::ThresholdConfig& thresholds);

// The sniffer's thread, and those that it shares the packets with: labels own traffic from the
// tuple rings, then lets the pipelines work.
class WireWatch final : private sniffer::PipelineListener {
 public:
  // Loads the rules and opens the capture, while CAP_NET_RAW is held. Refused rules become notes.
  static base::Result<std::unique_ptr<WireWatch>> open(const model::Plan& plan, Rings& rings,
                                                       const base::Clock& clock);
  ~WireWatch() override;

  // Until a stop is requested. The rings outlive it.
  void run(const std::stop_token& stop);

  // After run(); notes also after open().
  [[nodiscard]] model::WireTotals totals() const { return pipelines_->totals(); }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  explicit WireWatch(Rings& rings) : rings_(rings) {}
  void on_wake() override { label(); }
  void on_interval(const model::WireInterval& interval) override;
  void on_detection(const model::Detection& detection) override;
  void label();
  void note_counts();

  Rings& rings_;
  std::unique_ptr<PipelineGroup> pipelines_;
  std::vector<std::string> notes_;
};

}  // namespace rampart::runner
