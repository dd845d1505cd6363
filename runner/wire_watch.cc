#include "runner/wire_watch.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

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

base::Result<std::unique_ptr<WireWatch>> WireWatch::open(const model::Plan& plan, Rings& rings,
                                                         const base::Clock& clock) {
  const auto& spec = *plan.sniff;
  RAMPART_TRY(auto parsed, sniffer::load_rules(spec.rule_files));
  RAMPART_CHECK(check_canaries(plan, parsed.set));
  std::unique_ptr<WireWatch> out(new WireWatch(rings));
  for (const auto& refused : parsed.diagnostics)
    out->notes_.push_back("rule refused: " + sniffer::to_string(refused));
  sniffer::PipelineOptions options;
  options.interface = spec.interface;
  options.filter = spec.filter;
  options.eve_file = spec.eve_file;
  options.behaviour = spec.behaviour;
  RAMPART_TRY(out->pipeline_,
              sniffer::Pipeline::open(std::move(options), std::move(parsed.set), *out, clock));
  out->pipeline_->set_rules_failed(parsed.failed);
  return out;
}

WireWatch::~WireWatch() = default;

void WireWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto state = pipeline_->poll();
    if (!state) {
      notes_.push_back("the capture ended early: " + state.error().text);
      break;
    }
    if (*state == sniffer::PollState::finished) break;
  }
  label();
  pipeline_->finish();
  if (!pipeline_->warning().empty()) notes_.push_back(pipeline_->warning());
}

void WireWatch::label() {
  model::OwnTuple tuple;
  for (auto& worker : rings_.load)
    while (worker->tuples.pop(tuple)) pipeline_->own(tuple);
  while (rings_.probe_tuples.pop(tuple)) pipeline_->own(tuple);
}

void WireWatch::on_interval(const model::WireInterval& interval) {
  rings_.wire.push(model::WireInterval(interval));
}

void WireWatch::on_detection(const model::Detection& detection) {
  rings_.detections.push(model::Detection(detection));
}

}  // namespace rampart::runner
