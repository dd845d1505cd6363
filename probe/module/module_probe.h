#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/blackbox.h"
#include "model/metric.h"
#include "model/probe.h"

namespace rampart::probe {

// What a module of a blackbox.yml is asked to look at.
struct ModuleAsk {
  const model::BlackboxModule* module = nullptr;  // outlives the probe
  std::string target;                             // as given: URL, host, host:port or path
  std::string hostname;    // Host header of http, SNI of tcp; empty: the target's
  base::Nanos timeout{0};  // of the whole probe, > 0
};

// What came of it. probe_success and probe_duration_seconds are not among the families: whoever
// writes the page adds them.
struct ModuleOutcome {
  base::MonoTime start;
  base::Nanos duration{0};
  bool success = false;
  model::ProbeReason reason = model::ProbeReason::none;
  std::string detail;  // for people: why it failed; may hold the peer's words, so escape it
  model::ProbePhases phases;
  std::vector<model::MetricFamily> families;  // under blackbox_exporter's names
  std::vector<std::string> log;               // the probe's steps, for debug=true
};

// One probe by one module, once. Probe thread only; destroyed while it runs, it gives up unheard.
class ModuleProbe {
 public:
  class Listener {
   public:
    // Once, possibly from inside start(). The probe may be destroyed in it.
    virtual void on_outcome(ModuleOutcome&& outcome) = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~ModuleProbe() = default;
  virtual void start(Listener& listener) = 0;
};

}  // namespace rampart::probe
