#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace rampart::cli {

// Prints what is wrong with scenarios, authorisations, modules of blackbox_exporter, rule files and
// their variables, one complaint a line, and after rule files how much of all of them can be used.
// True where all is in order. `vars`: a file with the values of the $NAMES in rules; empty: none.
base::Result<bool> check_files(const std::vector<std::string>& files, const std::string& vars);

}  // namespace rampart::cli
