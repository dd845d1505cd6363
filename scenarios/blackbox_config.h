#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/blackbox.h"
#include "scenarios/diagnostic.h"
#include "scenarios/scenario.h"

namespace rampart::scenarios {

struct ParsedModules {
  std::optional<model::BlackboxConfig> config;  // exactly where there are no errors
  std::vector<Diagnostic> errors;               // all of them at once, by place
  std::vector<Diagnostic> warnings;             // what works, and is hardly meant; by place
};

// Reads a blackbox.yml of blackbox_exporter (docs/blackbox.md). No name is resolved, no socket
// opened, no file that it names looked at. `check_pattern` null: regular expressions are not
// checked. Any bytes are safe to pass in.
ParsedModules parse_blackbox_config(std::string_view text, const std::string& path,
                                    PatternCheck check_pattern);

// The same from a file, which must be no larger than 1 MiB.
ParsedModules load_blackbox_config(const std::string& path, PatternCheck check_pattern);

// The reference tables of docs/blackbox.md, in Markdown.
std::string blackbox_reference_markdown();

}  // namespace rampart::scenarios
