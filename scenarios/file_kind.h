#pragma once

#include <cstdint>
#include <string_view>

namespace rampart::scenarios {

// What a YAML file is meant to be.
enum class FileKind : std::uint8_t {
  scenario,
  authorisation,
  rule_variables,
  modules,     // of blackbox_exporter
  web_config,  // of exporter-toolkit
};

// Told by the keys at its root that only one kind has; of a text that is no YAML, by lines that
// begin with one. A scenario where it has none of them. Any bytes are safe to pass in.
FileKind kind_of_yaml(std::string_view text);

}  // namespace rampart::scenarios
