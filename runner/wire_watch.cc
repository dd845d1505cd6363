#include "runner/wire_watch.h"

#include <fmt/core.h>

#include <utility>

#include "sniffer/detect/pattern_cache.h"

namespace rampart::runner {

base::Status check_canaries(const model::Plan& plan, const sniffer::RuleSet& rules,
                            const sniffer::ThresholdConfig& thresholds) {
  if (!plan.canaries) return {};
  for (const auto sid : plan.canaries->sids) {
    bool known = false;
    for (const auto& rule : rules.rules) {
      if (rule.sid != sid) continue;
      known = true;
      if (const auto held = sniffer::held_back_by(rule, thresholds); !held.empty())
        return base::fail(base::Errc::config,
                          fmt::format("canaries: sid {} is held back by {}, so that not each "
                                      "canary would be seen; leave its rule alone",
                                      sid, held));
    }
    if (!known)
      return base::fail(
          base::Errc::config,
          fmt::format("canaries: no loaded rule has sid {}; add its file to sniff.rules", sid));
  }
  return {};
}

base::Result<std::unique_ptr<WireWatch>> WireWatch::open(const model::Plan& plan, Rings& rings,
                                                         const base::Clock& clock) {
  const auto& spec = *plan.sniff;
  RAMPART_TRY(auto parsed, sniffer::load_rules(spec.rule_files));
  if (!parsed.useless.empty())
    return base::fail(base::Errc::config,
                      fmt::format("{}: no rule of it can be used; rampart check {} says why",
                                  parsed.useless.front(), parsed.useless.front()));
  RAMPART_TRY(const auto thresholds, sniffer::require_thresholds(spec.threshold_file));
  RAMPART_CHECK(check_canaries(plan, parsed.set, thresholds));
  std::unique_ptr<WireWatch> out(new WireWatch(rings));
  for (const auto& note : sniffer::apply_thresholds(thresholds, parsed.set))
    out->notes_.push_back(sniffer::to_string(note));
  for (const auto& refused : parsed.diagnostics)
    out->notes_.push_back("rule refused: " + sniffer::to_string(refused));
  sniffer::PipelineOptions options;
  options.interface = spec.interface;
  options.filter = spec.filter;
  options.eve_file = spec.eve_file;
  options.pattern_cache = sniffer::PatternCache::usual_folder();
  options.behaviour = spec.behaviour;
  options.attack_suppressions = sniffer::attack_suppressions(thresholds);
  if (!spec.eve_types.empty()) {
    RAMPART_TRY(options.eve_types, sniffer::eve_types_of(spec.eve_types));
  }
  auto opened =
      PipelineGroup::open(std::move(options), std::move(parsed.set), spec.threads, *out, clock);
  if (!opened && opened.error().code == base::Errc::permission)
    opened.error().text += "; --no-sniff runs without the wire";
  RAMPART_TRY(out->pipelines_, std::move(opened));
  out->pipelines_->set_rules_failed(parsed.failed);
  return out;
}

WireWatch::~WireWatch() = default;

void WireWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto state = pipelines_->poll();
    if (!state) {
      notes_.push_back("the capture ended early: " + state.error().text);
      break;
    }
    if (*state == sniffer::PollState::finished) break;
  }
  pipelines_->finish();
  if (!pipelines_->warning().empty()) notes_.push_back(pipelines_->warning());
  if (const auto lost = pipelines_->lost(); lost > 0)
    notes_.push_back(fmt::format("{} records of the sniffer's threads were lost", lost));
  note_counts();
}

void WireWatch::note_counts() {
  const sniffer::PipelineCounts counts{pipelines_->totals(), pipelines_->stats()};
  if (const auto missed = sniffer::shortfalls(counts); !missed.empty())
    notes_.push_back("the sniffer missed: " + missed);
  const auto& s = counts.stats;
  if (s.behaviour.own + s.eve_own_left_out > 0)
    notes_.push_back(
        fmt::format("left out as own traffic: {} handshakes, datagrams and requests "
                    "where attacks are counted, {} EVE records",
                    s.behaviour.own, s.eve_own_left_out));
}

void WireWatch::label() {
  model::OwnTuple tuple;
  for (auto& worker : rings_.load)
    while (worker->tuples.pop(tuple)) pipelines_->own(tuple);
  while (rings_.probe_tuples.pop(tuple)) pipelines_->own(tuple);
}

void WireWatch::on_interval(const model::WireInterval& interval) {
  rings_.wire.push(model::WireInterval(interval));
}

void WireWatch::on_detection(const model::Detection& detection) {
  rings_.detections.push(model::Detection(detection));
}

}  // namespace rampart::runner
