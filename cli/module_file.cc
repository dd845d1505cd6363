#include "cli/module_file.h"

#include "base/log.h"
#include "probe/http_probe.h"
#include "scenarios/blackbox_config.h"

namespace rampart::cli {

base::Result<model::BlackboxConfig> ModuleFile::read() {
  auto parsed = scenarios::load_blackbox_config(path_, &probe::check_pattern);
  for (const auto& d : parsed.warnings) base::log::warn("{}", d.text());
  if (parsed.config) return *std::move(parsed.config);
  return base::fail(base::Errc::config, scenarios::to_text(parsed.errors));
}

}  // namespace rampart::cli
