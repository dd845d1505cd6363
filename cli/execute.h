#pragma once

#include <string>

#include "base/result.h"
#include "cli/outputs.h"
#include "model/plan.h"

namespace rampart::cli {

struct Execution {
  std::string authorization;  // file; empty: loopback only
  std::string command_line;
  bool sniff = true;
  Summary summary = Summary::full;
};

// The main job behind `run` and `load`: authorise, resolve, run, judge, keep, render. The exit
// code.
base::Result<int> execute(model::Plan plan, const Execution& execution, const Outputs& outputs);

// Judges a stored run anew, keeps the result if asked, and renders it. The exit code of the run.
base::Result<int> judge_again(const std::string& run, const Outputs& outputs, bool keep);

}  // namespace rampart::cli
