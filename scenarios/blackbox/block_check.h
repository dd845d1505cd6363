#pragma once

#include "scenarios/blackbox/block.h"
#include "scenarios/scenario.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios::blackbox {

// What is wrong with one file, and what is only doubtful.
struct Findings {
  Diagnostics errors;
  Diagnostics warnings;
};

// Reports unknown, refused and missing keys, and every value that is not of its kind. A key without
// a value counts as missing. `check_pattern` may be null: expressions are then not checked.
void check_block(const Node& node, const Block& block, PatternCheck check_pattern, Findings& out);

}  // namespace rampart::scenarios::blackbox
