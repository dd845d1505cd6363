#pragma once

#include <cstddef>

namespace rampart::runner {

// Raises this process's soft limit of open files to its hard limit (getrlimit(2)): a shell's 1,024
// is there for programs that still call select(2), which rampart does not. Does nothing where it
// may not.
void raise_descriptor_limit();
// How many files this process may have open now.
std::size_t descriptor_limit();

}  // namespace rampart::runner
