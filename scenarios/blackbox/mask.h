#pragma once

#include <map>
#include <string>

#include "scenarios/blackbox/block.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios::blackbox {

// A checked file as YAML, with "<secret>" for each secret that is not empty, for header values and
// form fields whose names tell of a credential, and with "xxxxx" for the passwords of URLs. Keys
// without a value are left out; aliases are written out.
std::string masked_yaml(const Node& root);
// The same of each of its modules alone, by name.
std::map<std::string, std::string> masked_modules(const Node& root);

}  // namespace rampart::scenarios::blackbox
