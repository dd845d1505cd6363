#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/metric.h"
#include "probe/module/module_probe.h"

namespace rampart::exporter {

// The families of a probe's page, in the order of their names, their series in that of their
// labels: `families`, which are the outcome's, probe_success, probe_duration_seconds,
// probe_timeout_seconds and, where it failed, probe_failure_info with the reason.
std::vector<model::MetricFamily> probe_families(std::vector<model::MetricFamily> families,
                                                const probe::ModuleOutcome& outcome,
                                                base::Nanos timeout);

// In the order of a page as Go's client library writes it: by name, then by the labels' values.
// The series of a histogram stay as they are.
void sort_families(std::vector<model::MetricFamily>& families);

// What debug=true shows instead of the page.
struct ProbeAccount {
  std::string_view module;  // its name
  std::string_view target;
  base::Nanos timeout{0};
  std::string_view page;
  std::string_view configuration;  // the module as YAML, without secrets
};
std::string account_of(const ProbeAccount& about, const probe::ModuleOutcome& outcome);

}  // namespace rampart::exporter
