#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/man_page.h"
#include "cli/outputs.h"

namespace rampart::cli {

void add_man(CLI::App& app) {
  auto* command = app.add_subcommand("man", "print the manual page, as man reads it");
  command->footer("\nExample:\n  rampart man | man -l -");
  command->callback([&app] { say(stdout, man_page(app)); });
}

void add_completion(CLI::App& app) {
  auto* command = app.add_subcommand("completion", "print the completion script of bash");
  command->footer("\nExample:\n  source <(rampart completion)");
  command->callback([&app] { say(stdout, bash_completion(app)); });
}

}  // namespace rampart::cli
