#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "exporter/duration_histogram.h"
#include "model/metric.h"
#include "model/probe.h"

namespace rampart::exporter {

// What the exporter tells of itself on /metrics, under blackbox_exporter's names where they mean
// the same.
struct OwnMetrics {
  bool reload_successful = false;
  base::WallTime reloaded;  // last with success
  std::uint64_t modules_unknown = 0;
  std::uint64_t probes_running = 0;
  std::uint64_t probes_refused = 0;                          // more than may run at once
  std::uint64_t probes_abandoned = 0;                        // their clients had gone
  std::map<model::ProbeReason, std::uint64_t> probes_ended;  // none: with success
  // How long they took, by module and whether they succeeded.
  std::map<std::pair<std::string, bool>, DurationHistogram> durations;

  // In the order of a page; with those of the process where /proc tells them.
  [[nodiscard]] std::vector<model::MetricFamily> families() const;
};

// process_* as Prometheus's client libraries have them, from the files of /proc/self: `stat`, and
// `limits`. What cannot be read is left out.
struct ProcessFiles {
  std::string stat;
  std::string limits;
  std::string system_stat;  // /proc/stat, for the time at which the host booted
  std::uint64_t open_descriptors = 0;
};
std::vector<model::MetricFamily> process_families(const ProcessFiles& files);

}  // namespace rampart::exporter
