#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/web_config.h"
#include "scenarios/diagnostic.h"

namespace rampart::scenarios {

struct ParsedWeb {
  std::optional<model::WebConfig> config;  // exactly where there are no errors
  std::vector<Diagnostic> errors;          // all of them at once, by place
};

// Reads a web configuration as of Prometheus' exporter-toolkit (docs/exporter.md). Paths in it
// count from its own folder. None of the files that it names is looked at. Any bytes are safe to
// pass in.
ParsedWeb parse_web_config(std::string_view text, const std::string& path);

// The same from a file, which must be no larger than 1 MiB. Errc::config has a line for each
// mistake.
base::Result<model::WebConfig> load_web_config(const std::string& path);

// The reference tables of docs/exporter.md, in Markdown.
std::string web_reference_markdown();

}  // namespace rampart::scenarios
