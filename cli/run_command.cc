#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/execute.h"
#include "cli/outputs.h"
#include "probe/http_probe.h"
#include "scenarios/scenario.h"

namespace rampart::cli {
namespace {

struct RunFlags {
  std::string scenario;
  std::vector<std::string> overrides;
  std::uint64_t seed = 1;
  std::string authorization;
  bool no_sniff = false;
  Outputs outputs;
};

base::Result<int> run_scenario(RunFlags& flags, const std::string& command_line) {
  scenarios::Defaults defaults;
  defaults.workers = std::max(std::thread::hardware_concurrency(), 1U);
  defaults.seed = flags.seed;
  defaults.check_pattern = &probe::check_pattern;
  auto parsed = scenarios::load_scenario(flags.scenario, flags.overrides, defaults);
  if (!parsed.plan) {
    say(stderr, fmt::format("{}\n", scenarios::to_text(parsed.errors)));
    return 2;
  }
  Execution execution;
  execution.authorization = flags.authorization;
  execution.command_line = command_line;
  execution.sniff = !flags.no_sniff;
  if (flags.outputs.database.empty()) flags.outputs.database = default_database();
  return execute(std::move(*parsed.plan), execution, flags.outputs);
}

}  // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<RunFlags>();
  auto* command = app.add_subcommand(
      "run", "run a scenario: load, probes, scraping, capture; then judge and report");
  command->add_option("SCENARIO", flags->scenario, "YAML file, see docs/scenario.md")->required();
  command->add_option("--set", flags->overrides, "KEY.PATH=VALUE changes one value of the scenario")
      ->take_all();
  command->add_option("--seed", flags->seed, "for Poisson arrivals, where the scenario has none");
  command->add_option("--authorization", flags->authorization,
                      "what the owner allows; needed beyond loopback, see docs/authorisation.md");
  command->add_flag("--no-sniff", flags->no_sniff, "run without watching the wire");
  flags->outputs.add_to(*command);
  command->footer(R"(
Examples:
  rampart run scenarios/library/quick.yml --html report.html
  rampart run slo.yml --json - --quiet | jq .verdicts
  rampart run ramp.yml --set load.0.connections=128 --set targets.web.url=http://127.0.0.1:9000/)");
  command->callback(
      [flags, &outcome] { outcome.exit_code = run_scenario(*flags, outcome.command_line); });
}

}  // namespace rampart::cli
