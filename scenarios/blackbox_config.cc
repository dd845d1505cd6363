#include "scenarios/blackbox_config.h"

#include <utility>

#include "scenarios/blackbox/block_check.h"
#include "scenarios/blackbox/block_reader.h"
#include "scenarios/blackbox/mask.h"
#include "scenarios/blackbox/read_module.h"
#include "scenarios/text_file.h"

namespace rampart::scenarios {

ParsedModules parse_blackbox_config(std::string_view text, const std::string& path,
                                    PatternCheck check_pattern) {
  const std::string file = path.empty() ? "blackbox.yml" : path;
  blackbox::Findings findings{Diagnostics(file), Diagnostics(file)};
  ParsedModules parsed;
  const auto root = parse_yaml(text, findings.errors);
  model::BlackboxConfig config;
  if (root) {
    blackbox::check_block(*root, blackbox::file_block(), check_pattern, findings);
    const blackbox::Reader reader(&*root, blackbox::file_block(), findings);
    for (const auto& [name, module] : reader.named("modules"))
      config.modules.emplace(name.text, blackbox::read_module(name.text, module));
  }
  parsed.errors = findings.errors.take();
  parsed.warnings = findings.warnings.take();
  if (!parsed.errors.empty()) return parsed;
  config.masked = blackbox::masked_yaml(*root);
  auto masked = blackbox::masked_modules(*root);
  for (auto& [name, module] : config.modules) module.masked = std::move(masked[name]);
  parsed.config = std::move(config);
  return parsed;
}

ParsedModules load_blackbox_config(const std::string& path, PatternCheck check_pattern) {
  const auto text = read_text_file(path);
  if (text) return parse_blackbox_config(*text, path, check_pattern);
  auto message = text.error().text;
  if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
  return {std::nullopt, {{path, 0, 0, std::move(message)}}, {}};
}

}  // namespace rampart::scenarios
