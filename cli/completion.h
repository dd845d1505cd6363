#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rampart::cli {

// A script for bash 4 and later that completes commands, options and, for their values, file names.
std::string bash_completion(const CLI::App& app);

}  // namespace rampart::cli
