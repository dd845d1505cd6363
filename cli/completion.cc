#include "cli/completion.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

namespace rampart::cli {
namespace {

std::string option_names(const CLI::App& app) {
  std::string out;
  const auto add = [&out](const char* dashes, const std::string& name) {
    out += fmt::format("{}{}{}", out.empty() ? "" : " ", dashes, name);
  };
  for (const auto* option : app.get_options()) {
    if (option == app.get_help_ptr() && app.get_parent() != nullptr) continue;  // everywhere anyway
    for (const auto& name : option->get_lnames()) add("--", name);
    for (const auto& name : option->get_snames()) add("-", name);
  }
  return out;
}

}  // namespace

// What is not completed here is left to readline, which knows file names.
std::string bash_completion(const CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands += fmt::format("{}{}", commands.empty() ? "" : " ", command->get_name());
    cases += fmt::format("    {}) options='{}' ;;\n", command->get_name(), option_names(*command));
  }
  return fmt::format(R"(# bash completion for rampart
_rampart() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} command='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      --log-level) i=$((i + 1)) ;;
      -*) ;;
      *) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  COMPREPLY=()
  case $command in
    '')
      mapfile -t COMPREPLY < <(compgen -W '{0} {1}' -- "$current")
      return
      ;;
{2}  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options {1}" -- "$current")
  fi
}}
complete -o bashdefault -o default -F _rampart rampart
)",
                     commands, option_names(app), cases);
}

}  // namespace rampart::cli
