#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/execute.h"
#include "cli/outputs.h"

namespace rampart::cli {
namespace {

struct StoredRun {
  std::string run;
  Outputs outputs;
};

CLI::App* add_stored(CLI::App& app, const char* name, const char* help,
                     const std::shared_ptr<StoredRun>& flags) {
  auto* command = app.add_subcommand(name, help);
  command->add_option("RUN", flags->run, "id, the beginning of one, or last")->default_val("last");
  flags->outputs.add_to(*command);
  return command;
}

}  // namespace

void add_correlate(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<StoredRun>();
  auto* command =
      add_stored(app, "correlate", "judge a stored run again and keep the new judgement", flags);
  command->footer("\nExample:\n  rampart correlate last --json - --quiet | jq .verdicts");
  command->callback([flags, &outcome] {
    if (flags->outputs.database.empty()) flags->outputs.database = default_database();
    outcome.exit_code = judge_again(flags->run, flags->outputs, true);
  });
}

void add_report(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<StoredRun>();
  auto* command = add_stored(app, "report", "render a stored run again", flags);
  command->footer(R"(
The exit code is 0 where the report was written, whatever the run's own was.

Examples:
  rampart report last
  rampart report 20261121-0124 --html report.html)");
  command->callback([flags, &outcome] {
    if (flags->outputs.database.empty()) flags->outputs.database = default_database();
    auto judged = judge_again(flags->run, flags->outputs, false);
    if (judged)
      outcome.exit_code = 0;
    else
      outcome.exit_code = std::move(judged);
  });
}

}  // namespace rampart::cli
