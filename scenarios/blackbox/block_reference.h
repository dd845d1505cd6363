#pragma once

#include <span>
#include <string>

#include "scenarios/blackbox/block.h"

namespace rampart::scenarios::blackbox {

// Tables in Markdown: one of each block's keys, and one of those that are refused.
std::string reference_of(std::span<const Block* const> blocks);

}  // namespace rampart::scenarios::blackbox
