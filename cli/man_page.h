#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rampart::cli {

// The page in section 1 for the program and all its commands, in roff with the man macros
// (groff_man(7)), written from the same descriptions as --help.
std::string man_page(const CLI::App& app);

}  // namespace rampart::cli
