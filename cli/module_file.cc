#include "cli/module_file.h"

#include <fmt/core.h>

#include "base/log.h"
#include "probe/http_probe.h"
#include "probe/module/make_module_probe.h"
#include "scenarios/blackbox_config.h"

namespace rampart::cli {

base::Result<model::BlackboxConfig> ModuleFile::read() {
  auto parsed = scenarios::load_blackbox_config(path_, &probe::check_pattern);
  for (const auto& d : parsed.warnings) base::log::warn("{}", d.text());
  if (parsed.config) return *std::move(parsed.config);
  return base::fail(base::Errc::config, scenarios::to_text(parsed.errors));
}

std::vector<std::string> unknown_probers(const model::BlackboxConfig& config) {
  std::vector<std::string> out;
  for (const auto& [name, module] : config.modules)
    if (!probe::has_module_probe(module.prober))
      out.push_back(fmt::format("module {}: this version of rampart has no prober '{}'", name,
                                model::to_string(module.prober)));
  return out;
}

}  // namespace rampart::cli
