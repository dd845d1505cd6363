#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/owner.h"
#include "model/wire.h"
#include "runner/interval_merger.h"
#include "runner/observation_merger.h"
#include "runner/ring.h"
#include "sniffer/pipeline.h"
#include "sniffer/shared_watch.h"

namespace rampart::runner {

// One capture, worked off by one pipeline on the caller's thread, or by several on threads of their
// own that share its packets by flow. Several are told of as one would be: their seconds are added
// up and come in order, with their detections, from poll() and finish(); on_wake() alone comes from
// the threads, one at a time, so that own() there reaches every pipeline before it works on.
// Attacks without a signature are judged on the caller's thread, from what all observed.
//
// What a pipeline knows of hosts (thresholds, rate filters, xbits) it knows of the flows that it
// has seen: with n of them a limit by host may be reached n times.
class PipelineGroup {
 public:
  static constexpr unsigned kMostThreads = 64;

  // `listener` and `clock` outlive the group. A file is read by one pipeline: Errc::config else.
  static base::Result<std::unique_ptr<PipelineGroup>> open(sniffer::PipelineOptions options,
                                                           sniffer::RuleSet rules, unsigned threads,
                                                           sniffer::PipelineListener& listener,
                                                           const base::Clock& clock);
  ~PipelineGroup();
  PipelineGroup(const PipelineGroup&) = delete;
  PipelineGroup& operator=(const PipelineGroup&) = delete;

  // As those of Pipeline, but that own() is for on_wake() alone. The first poll() starts the
  // threads, so that privileges which were given up before it are none of theirs.
  void own(const model::OwnTuple& tuple);
  base::Result<sniffer::PollState> poll();
  void finish();
  void set_rules_failed(std::uint64_t count);
  [[nodiscard]] base::Status reopen_eve() const;

  [[nodiscard]] const sniffer::PatternLoad& pattern_load() const;

  // After finish().
  [[nodiscard]] model::WireTotals totals() const;
  [[nodiscard]] sniffer::PipelineStats stats() const;
  [[nodiscard]] std::string warning() const;
  // Records of a pipeline that the caller's thread did not take in time: seconds, detections, and
  // observations, without which an attack looks smaller.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  class Member;
  PipelineGroup(sniffer::PipelineListener& listener, unsigned threads);
  void start();
  void wake(Member& member);
  void drain();
  void finish_watch();
  std::vector<std::unique_ptr<Member>> make_members(unsigned threads);
  [[nodiscard]] std::vector<ObservationRing*> rings() const;

  sniffer::PipelineListener& listener_;
  std::unique_ptr<sniffer::Pipeline> single_;  // or else
  std::vector<std::unique_ptr<Member>> members_;
  std::unique_ptr<sniffer::SharedWatch> watch_;  // null: one pipeline, or behaviour is off
  IntervalMerger merger_;
  ObservationMerger observations_;
  std::mutex wake_;  // guards what own() hands to the members
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace rampart::runner
