#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "exporter/modules.h"
#include "model/blackbox.h"

namespace rampart::cli {

// A blackbox.yml, docs/blackbox.md.
class ModuleFile final : public exporter::ModuleSource {
 public:
  explicit ModuleFile(std::string path) : path_(std::move(path)) {}

  // Logs its warnings.
  base::Result<model::BlackboxConfig> read() override;

 private:
  const std::string path_;
};

}  // namespace rampart::cli
