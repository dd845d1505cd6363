#pragma once

#include <string>

#include "model/result.h"

namespace rampart::reports {

// One sentence that is true of every target: "web was down from 27.0 to 31.0 s: fault.hang", "2 of
// 3 targets had trouble: web was down (fault.hang), api was degraded (cause unknown)". Of several
// times of trouble of a target it names the worst and counts the others. Holds hostile names.
std::string headline(const model::RunResult& result);

// How many targets were down or degraded.
std::size_t troubled_targets(const model::RunResult& result);

}  // namespace rampart::reports
