#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/complaint.h"
#include "cli/outputs.h"
#include "probe/http_probe.h"
#include "probe/tls_check.h"
#include "runner/wire_watch.h"
#include "scenarios/authorisation.h"
#include "scenarios/scenario.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::cli {
namespace {

// Each prints what it found, one complaint a line, and says whether the file is in order.

bool check_rules(const std::string& file) {
  const std::vector<std::string> paths{file};
  auto parsed = sniffer::load_rules(paths);
  if (!parsed) {
    say(stdout, fmt::format("{}\n", parsed.error().text));
    return false;
  }
  for (const auto& d : parsed->diagnostics) say(stdout, fmt::format("{}\n", complaint_line(d)));
  const auto good = parsed->set.rules.size();
  say(stdout, fmt::format("{}: {} of {} rules can be used\n", file, good, good + parsed->failed));
  return parsed->failed == 0;
}

// An authorisation is told from a scenario by the key that only it has.
bool is_authorisation(const std::string& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("valid_until:") || line.starts_with("valid_from:")) return true;
  return false;
}

bool check_authorisation(const std::string& file) {
  auto read = scenarios::Authorisation::load(file, base::SystemClock().wall());
  say(stdout, fmt::format("{}\n", read ? file + ": ok (authorisation)" : read.error().text));
  return read.has_value();
}

bool check_scenario(const std::string& file) {
  const auto parsed = scenarios::load_scenario(file, {}, {.check_pattern = &probe::check_pattern});
  if (!parsed.plan) {
    say(stdout, fmt::format("{}\n", scenarios::to_text(parsed.errors)));
    return false;
  }
  bool good = true;
  const auto require = [&](const base::Status& status) {
    if (!status) say(stdout, fmt::format("{}: {}\n", file, status.error().text));
    good = good && status;
  };
  if (const auto& sniff = parsed.plan->sniff) {
    for (const auto& rules : sniff->rule_files) good = check_rules(rules) && good;
    if (const auto all = sniffer::load_rules(sniff->rule_files))
      require(runner::check_canaries(*parsed.plan, all->set));
  }
  require(probe::check_tls(*parsed.plan));
  if (good) say(stdout, fmt::format("{}: ok\n", file));
  return good;
}

bool check_file(const std::string& file) {
  if (file.ends_with(".rules")) return check_rules(file);
  return is_authorisation(file) ? check_authorisation(file) : check_scenario(file);
}

}  // namespace

void add_check(CLI::App& app, Outcome& outcome) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto* command =
      app.add_subcommand("check", "lint scenarios, authorisations and rule files; sends nothing");
  command->add_option("FILE", *files, ".yml scenario or authorisation, or .rules")->required();
  command->footer(R"(
Prints file:line:column: message; exits with 2 where something is wrong.

Example:
  rampart check scenarios/library/*.yml scenarios/library/rules/*.rules)");
  command->callback([files, &outcome] {
    bool good = true;
    for (const auto& file : *files) good = check_file(file) && good;
    outcome.exit_code = good ? 0 : 2;
  });
}

}  // namespace rampart::cli
