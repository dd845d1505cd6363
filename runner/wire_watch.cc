#include "runner/wire_watch.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "sniffer/detect/pattern_cache.h"
#include "sniffer/rules/threshold_config.h"

namespace rampart::runner {

base::Status check_canaries(const model::Plan& plan, const sniffer::RuleSet& rules) {
  if (!plan.canaries) return {};
  for (const auto sid : plan.canaries->sids) {
    const bool known = std::any_of(rules.rules.begin(), rules.rules.end(),
                                   [&](const auto& rule) { return rule.sid == sid; });
    if (!known)
      return base::fail(
          base::Errc::config,
          fmt::format("canaries: no loaded rule has sid {}; add its file to sniff.rules", sid));
  }
  return {};
}

namespace {

// Returns what is to be noted of the file.
base::Result<std::vector<std::string>> apply_threshold_file(const std::string& path,
                                                            sniffer::RuleSet& rules) {
  std::vector<std::string> notes;
  if (path.empty()) return notes;
  RAMPART_TRY(const auto config, sniffer::load_thresholds(path));
  if (!config.diagnostics.empty())
    return base::fail(base::Errc::config, sniffer::to_string(config.diagnostics.front()));
  for (const auto& note : sniffer::apply_thresholds(config, rules))
    notes.push_back(sniffer::to_string(note));
  return notes;
}

}  // namespace

base::Result<std::unique_ptr<WireWatch>> WireWatch::open(const model::Plan& plan, Rings& rings,
                                                         const base::Clock& clock) {
  const auto& spec = *plan.sniff;
  RAMPART_TRY(auto parsed, sniffer::load_rules(spec.rule_files));
  RAMPART_CHECK(check_canaries(plan, parsed.set));
  std::unique_ptr<WireWatch> out(new WireWatch(rings));
  RAMPART_TRY(out->notes_, apply_threshold_file(spec.threshold_file, parsed.set));
  for (const auto& refused : parsed.diagnostics)
    out->notes_.push_back("rule refused: " + sniffer::to_string(refused));
  sniffer::PipelineOptions options;
  options.interface = spec.interface;
  options.filter = spec.filter;
  options.eve_file = spec.eve_file;
  options.pattern_cache = sniffer::PatternCache::usual_folder();
  options.behaviour = spec.behaviour;
  if (!spec.eve_types.empty()) {
    RAMPART_TRY(options.eve_types, sniffer::eve_types_of(spec.eve_types));
  }
  RAMPART_TRY(out->pipelines_, PipelineGroup::open(std::move(options), std::move(parsed.set),
                                                   spec.threads, *out, clock));
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
