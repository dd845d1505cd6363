#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

void spoil(model::Evidence& e, const std::string& text) {
  e.plan.name = e.plan.path = text;
  e.plan.permitted.owner = e.plan.permitted.contact = text;
  for (auto& target : e.plan.targets) target.name = target.url.path = target.url.host = text;
  for (auto& load : e.plan.loads) load.name = text;
  e.plan.loads.push_back(e.plan.loads.front());  // with two, names reach the chart
  for (auto& probe : e.plan.probes) probe.name = probe.module.name = text;
  for (auto& scrape : e.plan.scrapes) scrape.name = text;
  for (auto& result : e.probes) result.detail = text;
  for (auto& scrape : e.scrapes)
    for (auto& sample : scrape.samples) sample.series = text;
  for (auto& detection : e.detections) {
    detection.msg = detection.category = text;
    detection.owner = model::Owner::other;
  }
}

void spoil(model::RunResult& r, const std::string& text) {
  r.run = {.id = text,
           .version = text,
           .host = text,
           .command = text,
           .end = model::RunEnd::failed,
           .end_reason = text,
           .notes = {text, text}};
  r.scenario = r.validity_reason = r.client.limited_by = text;
  for (auto& load : r.load) load.name = load.protocol = load.target = load.histogram = text;
  for (auto& load : r.load) {
    load.steps.resize(2);
    for (auto& step : load.steps) step.name = text;
    load.tls = {.version = text, .cipher = text, .group = text, .alpn = text, .key_type = text};
  }
  for (auto& probe : r.probes) {
    probe.name = probe.module = probe.target = text;
    probe.reasons = {{text, 1}};
  }
  for (auto& up : r.up) up.name = text;
  for (auto& detection : r.wire.detections) detection.msg = text;
  for (auto& objective : r.objectives)
    objective.name = objective.target = objective.wanted = objective.actual = text;
  for (auto& verdict : r.verdicts) {
    verdict.target = verdict.summary = text;
    for (auto& item : verdict.evidence) item.series = item.unit = item.expected = text;
    for (auto& r_out : verdict.ruled_out) r_out.because = text;
  }
}

}  // namespace

SampleRun hostile_run(const std::string& text) {
  auto run = sample_run();
  spoil(run.evidence, text);
  spoil(run.result, text);
  return run;
}

}  // namespace rampart::reports
