#pragma once

namespace rampart::cli {

// Parses the command line, runs the command, and returns the process's exit code: 0 all met; 1
// runtime error; 2 usage, configuration or not authorised (nothing was sent); 3 an objective was
// missed; 4 a degrading attack; 5 the load generator was the limit; 6 undecided; 130 and 143
// interrupted.
int run_app(int argc, char** argv);

}  // namespace rampart::cli
