#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rampart::cli {

// One probe by a module of a blackbox.yml, from the command line.
struct ModuleProbeFlags {
  std::string config;  // the file
  std::string module;
  std::string target;
  std::string hostname;                // as the exporter's parameter; empty: the target's
  std::optional<base::Nanos> timeout;  // else the module's, else 5 s
  unsigned attempts = 1;
  unsigned need = 1;          // so many of them must succeed
  bool metrics = false;       // the exporter's page on standard output
  bool steps = false;         // a line for each on standard error
  std::string authorization;  // empty: loopback only
};

// Prints what came of it. 0: the probe succeeded, 3: it failed.
base::Result<int> probe_by_module(const ModuleProbeFlags& flags);

}  // namespace rampart::cli
