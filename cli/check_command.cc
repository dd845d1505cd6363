#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/check_files.h"
#include "cli/commands.h"

namespace rampart::cli {
namespace {

struct CheckFlags {
  std::vector<std::string> files;
  std::string vars;
};

base::Result<int> check(const CheckFlags& flags) {
  RAMPART_TRY(const bool good, check_files(flags.files, flags.vars));
  return good ? 0 : 2;
}

}  // namespace

void add_check(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<CheckFlags>();
  auto* command = app.add_subcommand(
      "check",
      "lint scenarios, authorisations, configurations of the exporter, rule files and thresholds; "
      "sends nothing");
  command
      ->add_option("FILE", flags->files,
                   ".yml scenario, authorisation, blackbox.yml, web configuration or variables of "
                   "rules, .rules, or .config of thresholds")
      ->required();
  command->add_option("--vars", flags->vars,
                      "YAML file whose vars: set $HOME_NET and the like in rules, docs/rules.md");
  command->footer(R"(
Prints file:line:column: message, and after rule files how many of their rules can be used and which
keywords the others were refused for; exits with 2 where something is wrong. What a YAML file is, the
keys at its root say: with modules it is a blackbox.yml of blackbox_exporter, whose warnings are no error; with
tls_server_config, http_server_config or basic_auth_users a web configuration of the exporter; with vars
it has the values of $HOME_NET and the like for --vars; with valid_until it is an authorisation, which is
wrong once it is over. A file of the name classification.config has classes of rules.

Example:
  rampart check scenarios/library/*.yml scenarios/library/rules/*.rules)");
  command->callback([flags, &outcome] { outcome.exit_code = check(*flags); });
}

}  // namespace rampart::cli
