#pragma once

#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace rampart::cli {

// What main needs from a command: the exit code, or the error that stopped it.
struct Outcome {
  base::Result<int> exit_code = 0;
  std::string command_line;  // as typed, for the record of a run
};

// Each adds one subcommand whose callback fills in `outcome`, which outlives the app.
void add_run(CLI::App& app, Outcome& outcome);
void add_load(CLI::App& app, Outcome& outcome);
void add_probe(CLI::App& app, Outcome& outcome);
void add_sniff(CLI::App& app, Outcome& outcome);
void add_correlate(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
void add_check(CLI::App& app, Outcome& outcome);
void add_doctor(CLI::App& app, Outcome& outcome);
void add_exporter(CLI::App& app, Outcome& outcome);
void add_target(CLI::App& app, Outcome& outcome);

// These print what `app` knows of itself.
void add_man(CLI::App& app);
void add_completion(CLI::App& app);

}  // namespace rampart::cli
