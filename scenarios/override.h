#pragma once

#include <span>
#include <string>

#include "scenarios/options.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {

// Puts "load.browse.arrival.rate=200/s" into a document: keys and list items (by name or index)
// joined by dots. Maps on the way are made where they are missing; list items and targets are not,
// since a typing error would make one. A value is taken as it stands, unless it begins with [ { "
// or
// ', which is read as YAML. Wrong paths are reported in `out`; `index` names the override there.
void apply_override(Node& root, const std::string& text, int index, const OptionTable& table,
                    Diagnostics& out);

// The override as messages and the kept text may show it: credentials are "...".
std::string without_credentials(const std::string& text);

}  // namespace rampart::scenarios
