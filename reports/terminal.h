#pragma once

#include <string>

#include "model/result.h"

namespace rampart::reports {

struct TerminalOptions {
  bool colour = false;  // ANSI sequences
  int width = 100;      // sentences are wrapped to it; tables are not
};

// The summary at the end of a run: the verdict first, then objectives, load, probes, wire, and what
// the tool's own limits did to the figures.
std::string render_terminal(const model::RunResult& result, const TerminalOptions& options);

// The short form for `rampart load`: requests, rate, latency, errors.
std::string render_load_summary(const model::RunResult& result, const TerminalOptions& options);

}  // namespace rampart::reports
