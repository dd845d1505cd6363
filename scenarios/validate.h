#pragma once

#include "scenarios/options.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {

// Compares a document with its language: unknown and missing keys, shapes, values, ranges. Reports
// everything it finds. What it cannot know (whether names exist, keys that exclude each other) is
// left to the compile step.
void validate(const Node& root, const OptionTable& table, Diagnostics& out);

}  // namespace rampart::scenarios
