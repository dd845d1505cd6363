#pragma once

#include <optional>
#include <string>
#include <utility>

#include "model/behaviour.h"
#include "sniffer/behaviour/attack_filter.h"
#include "sniffer/behaviour/behaviour_watch.h"
#include "sniffer/eve/eve_log.h"
#include "sniffer/pipeline.h"

namespace rampart::sniffer {

// Judges what pipelines that share a capture observed, so that an attack whose flows are divided
// among them is one attack. Takes the observations of all as if one pipeline had made them: those
// of a second, then its end, once. One thread.
class SharedWatch final : public ObservationSink, private BehaviourSink {
 public:
  // The listener is borrowed and told of detections alone. Of this host, and of now: the kernel's
  // counters are read.
  SharedWatch(const model::BehaviourSpec& spec, HashKey key, AttackFilter filter,
              std::optional<EveLog> eve, PipelineListener& listener)
      : watch_(watch_behaviour(spec, key, true, *this)),
        filter_(std::move(filter)),
        eve_(std::move(eve)),
        listener_(listener) {}

  void on_observation(const Observation& observation) override {
    watch_->on_observation(observation);
    if (eve_ && observation.what == Observation::What::second) eve_->second();
  }
  // What is under way ends with the capture.
  void finish() {
    watch_->finish();
    if (eve_) eve_->flush();
  }

  // Its part of what the pipelines count.
  [[nodiscard]] PipelineStats stats() const {
    PipelineStats out;
    out.behaviour = watch_->stats();
    out.attacks_suppressed = filter_.held_back();
    if (eve_) {
      out.eve_lines = eve_->lines();
      out.eve_lost = eve_->lost();
    }
    return out;
  }
  // As that of Pipeline.
  [[nodiscard]] std::string warning() const { return eve_ ? eve_->warning() : std::string(); }

 private:
  void on_behaviour(const model::Detection& detection) override {
    if (filter_.holds_back(detection)) return;
    listener_.on_detection(detection);
    if (eve_) eve_->behaviour(detection);
  }

  std::unique_ptr<BehaviourWatch> watch_;
  AttackFilter filter_;
  std::optional<EveLog> eve_;
  PipelineListener& listener_;
};

}  // namespace rampart::sniffer
