#include "cli/app.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/spelling.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/complaint.h"
#include "cli/outputs.h"
#include "model/url_secret.h"

namespace rampart::cli {
namespace {

constexpr const char* kFooter = R"(
Exit codes: 0 all met; 1 runtime error; 2 usage, configuration or not authorised (nothing was sent);
3 an objective was missed; 4 an attack degrades the service; 5 the load generator was the limit, so the
figures are not valid; 6 undecided (too few samples, or no good answer at all); 130, 143 interrupted (report still written).

Examples:
  rampart target --listen 127.0.0.1:8080 --capacity 400/s &
  rampart load http://127.0.0.1:8080/ -c 64 -d 10s
  rampart run scenario.yml --html report.html)";

std::string join(int argc, char** argv) {
  std::string out;
  for (int i = 0; i < argc; ++i) out += fmt::format("{}{}", i == 0 ? "" : " ", argv[i]);
  return out;
}

// What a person could have avoided is 2; what happened to them is 1.
int exit_code_of(const base::Error& error) {
  switch (error.code) {
    case base::Errc::permission:
    case base::Errc::config:
    case base::Errc::parse:
    case base::Errc::not_found: return 2;
    default: return 1;
  }
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::string names;
  std::vector<std::string_view> known;
  for (const auto* command : app.get_subcommands(nullptr)) {
    known.push_back(command->get_name());
    names += fmt::format("{}{}", names.empty() ? "" : ", ", command->get_name());
  }
  const auto near = base::nearest(word, known);
  if (!near.empty())
    return fmt::format("rampart: unknown command '{}': did you mean '{}'?\n", word, near);
  return fmt::format("rampart: unknown command '{}': there are {}\n", model::shown_url(word),
                     names);
}

// Without the password of a URL, which may be an option's value.
std::string shown_word(const std::string& word) {
  const auto value = word.starts_with("-") ? word.find('=') + 1 : 0;
  return word.substr(0, value) + model::shown_url(std::string_view(word).substr(value));
}

// Of what no option or argument took, the first option, else the first word.
std::string unexpected(const CLI::App& app) {
  const auto words = app.remaining(true);
  const auto option = std::find_if(words.begin(), words.end(),
                                   [](const auto& word) { return word.starts_with("-"); });
  const auto& word = option == words.end() ? words.front() : *option;
  std::string command = "rampart";
  std::vector<std::string> names;
  for (const auto* at = &app; at != nullptr;) {
    for (const auto* one : at->get_options())
      for (const auto& name : one->get_lnames()) names.push_back("--" + name);
    const auto subcommands = at->get_subcommands();
    at = subcommands.empty() ? nullptr : subcommands.front();
    if (at != nullptr) command += " " + at->get_name();
  }
  const auto near = base::nearest(word.substr(0, word.find('=')),
                                  std::vector<std::string_view>(names.begin(), names.end()));
  return fmt::format("rampart: {} '{}'{}\n",
                     option == words.end() ? "unexpected argument" : "unknown option",
                     shown_word(word),
                     near.empty() ? fmt::format("; there is {} --help", command)
                                  : fmt::format(": did you mean '{}'?", near));
}

}  // namespace

int run_app(int argc, char** argv) {
  CLI::App app(
      "rampart: load your servers, watch them from outside, inside and on the wire,\n"
      "and learn with evidence whether it was load, a fault or an attack.",
      "rampart");
  Outcome outcome;
  outcome.command_line = join(argc, argv);
  app.set_version_flag("--version", "rampart " + std::string(base::version()));
  app.require_subcommand(1);
  app.footer(kFooter);
  std::string level;
  app.add_option("--log-level", level, "debug, info, warn, error or off")->default_val("warn");
  app.fallthrough();
  app.parse_complete_callback([&] {
    if (!base::log::set_level(level))
      throw CLI::ValidationError("--log-level", "must be debug, info, warn, error or off");
  });
  add_run(app, outcome);
  add_load(app, outcome);
  add_probe(app, outcome);
  add_sniff(app, outcome);
  add_correlate(app, outcome);
  add_report(app, outcome);
  add_check(app, outcome);
  add_doctor(app, outcome);
  add_exporter(app, outcome);
  add_target(app, outcome);
  add_man(app);
  add_completion(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto words = app.remaining(); app.get_subcommands().empty() && !words.empty()) {
      say(stderr, unknown_command(app, words.front()));
      return 2;
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !app.remaining(true).empty()) {
      say(stderr, unexpected(app));
      return 2;
    }
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (outcome.exit_code) return *outcome.exit_code;
  say(stderr, fmt::format("rampart: {}\n", error_lines(outcome.exit_code.error().text)));
  return exit_code_of(outcome.exit_code.error());
}

}  // namespace rampart::cli
