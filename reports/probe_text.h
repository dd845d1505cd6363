#pragma once

#include <string>

#include "model/plan.h"
#include "model/probe.h"

namespace rampart::reports {

// One probe in the Prometheus text format 0.0.4, with blackbox_exporter's metric names where they
// mean the same, and rampart's reason beside them.
std::string render_probe_metrics(const model::ProbeSpec& probe, const model::ProbeResult& result);

// The same for people: what happened in each phase and why it failed, in one line.
std::string render_probe_line(const model::ProbeSpec& probe, const model::Url& url,
                              const model::ProbeResult& result);

}  // namespace rampart::reports
