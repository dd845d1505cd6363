#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/plan.h"
#include "model/probe.h"

namespace rampart::reports {

// One probe in the Prometheus text format 0.0.4, with blackbox_exporter's metric names where they
// mean the same, and rampart's reason beside them.
std::string render_probe_metrics(const model::ProbeSpec& probe, const model::ProbeResult& result);

// What one probe was and what came of it.
struct ProbeLine {
  std::string_view module;  // its name
  std::string_view target;
  bool success = false;
  model::ProbeReason reason = model::ProbeReason::none;
  std::string_view detail;  // why it failed; any bytes
  base::Nanos duration{0};
  model::ProbePhases phases;
  std::string_view processing;  // what that phase is called: "first byte"
  std::uint16_t status = 0;     // 0: there is none
};

// The same for people: what happened in each phase and why it failed, in one line.
std::string render_probe_line(const ProbeLine& line);
std::string render_probe_line(const model::ProbeSpec& probe, const model::Url& url,
                              const model::ProbeResult& result);

}  // namespace rampart::reports
