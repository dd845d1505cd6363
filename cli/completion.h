#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rampart::cli {

// A script for bash that completes commands, options and, for their values, file names. zsh reads
// it with bashcompinit.
std::string bash_completion(const CLI::App& app);

}  // namespace rampart::cli
