#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/cpu_steal.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "host/fitness.h"
#include "host/small_file.h"
#include "host/survey.h"
#include "host/system_state.h"
#include "reports/escape.h"
#include "reports/text_table.h"
#include "scenarios/scenario.h"

namespace rampart::cli {
namespace {

using host::Fitness;
using reports::Tone;

constexpr int kUnfit = 3;
constexpr auto kWatch = std::chrono::seconds(1);

struct DoctorFlags {
  std::string scenario;
  std::string database;
  std::string json;
};

std::optional<base::CpuTimes> cpu_times() {
  return base::parse_cpu_times(host::read_small_file("/proc/stat").value_or(""));
}

host::Facts examine(const DoctorFlags& flags, const host::Demand& demand) {
  const auto before = cpu_times();
  std::this_thread::sleep_for(kWatch);
  const auto after = cpu_times();
  auto facts = host::survey({.root = "", .interface = demand.interface});
  if (before && after) facts.steal = base::stolen_share(*before, *after);
  facts.clock = host::clock_sync();
  facts.disk = host::disk_of(flags.database);
  return facts;
}

Tone tone_of(Fitness fitness) {
  switch (fitness) {
    case Fitness::ok: return Tone::good;
    case Fitness::unknown: return Tone::faint;
    case Fitness::warn: return Tone::warning;
    case Fitness::bad: return Tone::bad;
  }
  return Tone::plain;
}

std::string table_of(const std::vector<host::Finding>& findings, const Terminal& screen) {
  const reports::Painter painter(screen.colour);
  reports::TextTable table({false, false, false, false});
  for (const auto& each : findings)
    table.add({{std::string(host::to_string(each.fitness)), tone_of(each.fitness)},
               {each.check, Tone::strong},
               {reports::escape_terminal(each.measured)},
               {each.bounds, Tone::faint}});
  // A line for each finding; what to do stands below its own.
  const auto rows = table.render(painter);
  const auto lines = host::lines(rows);
  std::string out;
  for (std::size_t i = 0; i < lines.size() && i < findings.size(); ++i) {
    out += fmt::format("{}\n", lines[i]);
    if (!findings[i].remedy.empty())
      out += fmt::format("        {} {}\n", painter.paint(tone_of(findings[i].fitness), "->"),
                         reports::escape_terminal(findings[i].remedy));
  }
  return out;
}

std::string sentence_of(const std::vector<host::Finding>& findings) {
  const auto count = [&](Fitness fitness) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const auto& each) { return each.fitness == fitness; });
  };
  if (const auto bad = count(Fitness::bad); bad > 0)
    return fmt::format("not fit to drive load: {} bad, {} to watch\n", bad, count(Fitness::warn));
  if (const auto warn = count(Fitness::warn); warn > 0)
    return fmt::format("fit to drive load, {} to watch\n", warn);
  return "fit to drive load\n";
}

base::Result<int> examine_host(const DoctorFlags& flags) {
  host::Demand demand;
  if (!flags.scenario.empty()) {
    scenarios::Defaults defaults;
    defaults.workers = std::max(std::thread::hardware_concurrency(), 1U);
    const auto parsed = scenarios::load_scenario(flags.scenario, {}, defaults);
    if (!parsed.plan) {
      say(stderr, fmt::format("{}\n", scenarios::to_text(parsed.errors)));
      return 2;
    }
    demand = host::demand_of(*parsed.plan);
  }
  const auto findings = host::judge(examine(flags, demand), demand);
  if (flags.json != "-")
    say(stdout, table_of(findings, terminal(STDOUT_FILENO)) + sentence_of(findings));
  if (!flags.json.empty()) RAMPART_CHECK(write_file(flags.json, host::to_json(findings)));
  return host::worst(findings) == Fitness::bad ? kUnfit : 0;
}

}  // namespace

void add_doctor(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<DoctorFlags>();
  auto* command = app.add_subcommand("doctor", "is this host fit to drive load; sends nothing");
  command->add_option("SCENARIO", flags->scenario,
                      "measure against what it asks for, instead of 1024 connections");
  command->add_option("--db", flags->database, "where runs are kept: its disk is looked at")
      ->default_str("$XDG_STATE_HOME/rampart/rampart.db");
  command->add_option("--json", flags->json, "write the findings as JSON; - is standard output");
  command->footer(R"(
Looks at open files, local ports, backlogs, conntrack, memory, CPU and its quota, steal, clocks,
capabilities and disk, and names the command or file that changes what is short. Takes a second.

Exit codes: 0 all fine, or only things to watch; 3 something is bad; 2 usage or scenario.

Examples:
  rampart doctor
  rampart doctor scenario.yml
  rampart doctor --json - | jq '.checks[] | select(.fitness != "ok")')");
  command->callback([flags, &outcome] {
    if (flags->database.empty()) flags->database = default_database();
    outcome.exit_code = examine_host(*flags);
  });
}

}  // namespace rampart::cli
