#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "model/blackbox.h"

namespace rampart::exporter {

// Where the modules come from.
class ModuleSource {
 public:
  virtual ~ModuleSource() = default;
  // Read anew. The error has all that is wrong, a line each.
  virtual base::Result<model::BlackboxConfig> read() = 0;
};

// The modules in use. A reload that fails leaves those that are there. Loop thread only.
class Modules {
 public:
  // Shared with the probes that run: a reload must not pull a module from under them.
  using Config = std::shared_ptr<const model::BlackboxConfig>;

  // Both outlive it.
  Modules(ModuleSource& source, const base::Clock& clock) : source_(source), clock_(clock) {}

  base::Status reload();
  // Null before the first reload that succeeded.
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] base::WallTime loaded() const { return loaded_; }  // last with success
  // Why the last reload failed; empty: it did not.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  ModuleSource& source_;
  const base::Clock& clock_;
  Config config_;
  base::WallTime loaded_;
  std::string complaint_;
};

}  // namespace rampart::exporter
