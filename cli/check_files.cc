#include "cli/check_files.h"

#include <fmt/core.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "cli/complaint.h"
#include "cli/outputs.h"
#include "cli/service_lines.h"
#include "cli/variables_file.h"
#include "probe/http_probe.h"
#include "probe/tls_check.h"
#include "reports/escape.h"
#include "runner/wire_watch.h"
#include "scenarios/authorisation.h"
#include "scenarios/blackbox_config.h"
#include "scenarios/file_kind.h"
#include "scenarios/scenario.h"
#include "scenarios/text_file.h"
#include "scenarios/web_config.h"
#include "sniffer/rules/classification.h"
#include "sniffer/rules/coverage.h"
#include "sniffer/rules/rule_file.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/threshold_config.h"

namespace rampart::cli {
namespace {

// Each prints what it found, one complaint a line, and says whether the file is in order.

// Rule files, one after the other, with the same $NAMES.
struct RuleCheck {
  sniffer::RuleVariables variables;
  sniffer::Coverage coverage;
  bool used = false;

  bool check(const std::string& file) {
    const std::vector<std::string> paths{file};
    const auto parsed = sniffer::load_rules(paths, variables);
    if (!parsed) {
      say(stdout, fmt::format("{}\n", parsed.error().text));
      return false;
    }
    for (const auto& d : parsed->diagnostics) say(stdout, fmt::format("{}\n", complaint_line(d)));
    coverage.add(*parsed);
    used = true;
    return parsed->failed == 0;
  }
};

// A threshold.config, with the $NAMES of rules.
bool check_thresholds(const std::string& file, const RuleCheck& rules) {
  const auto config = sniffer::load_thresholds(file, rules.variables);
  if (!config) {
    say(stdout, fmt::format("{}\n", config.error().text));
    return false;
  }
  for (const auto& d : config->diagnostics) say(stdout, fmt::format("{}\n", complaint_line(d)));
  if (config->diagnostics.empty())
    say(stdout, fmt::format("{}: ok ({} entries)\n", file, config->entries.size()));
  return config->diagnostics.empty();
}

// Which lies beside rule files and has their classes.
constexpr std::string_view kClasses = "classification.config";

bool check_classes(const std::string& file) {
  const auto text = sniffer::read_rule_file(file);
  auto classes = sniffer::Classification::built_in();
  const base::Status read = text ? classes.add(*text, file) : base::fail(text.error());
  say(stdout, fmt::format("{}\n", read ? file + ": ok (classes of rules)"
                                       : error_lines(read.error().text)));
  return read.has_value();
}

bool check_authorisation(const std::string& file) {
  const auto read = scenarios::Authorisation::load(file, base::SystemClock().wall());
  const base::Status good = read ? read->check_not_over() : base::fail(read.error());
  if (!good) {
    say(stdout, fmt::format("{}\n", error_lines(good.error().text)));
    return false;
  }
  const auto begins = read->begins_later();
  say(stdout,
      fmt::format("{}: ok (authorisation{})\n", file,
                  begins ? ", not valid before " + base::format_time(*begins) : std::string()));
  return true;
}

bool check_modules(const std::string& file) {
  const auto parsed = scenarios::load_blackbox_config(file, &probe::check_pattern);
  for (const auto& d : parsed.errors) say(stdout, fmt::format("{}\n", error_lines(d.text())));
  for (auto d : parsed.warnings) {
    d.message = "warning: " + d.message;
    say(stdout, fmt::format("{}\n", error_lines(d.text())));
  }
  if (!parsed.config) return false;
  const auto count = parsed.config->modules.size();
  say(stdout, fmt::format("{}: ok ({} {})\n", file, count, count == 1 ? "module" : "modules"));
  return true;
}

bool check_variables(const std::string& file) {
  const auto read = load_variables(file);
  say(stdout,
      fmt::format("{}\n", read ? fmt::format("{}: ok ({} variables of rules)", file, read->size())
                               : error_lines(read.error().text)));
  return read.has_value();
}

bool check_scenario(const std::string& file, RuleCheck& rules) {
  const auto parsed = scenarios::load_scenario(file, {}, {.check_pattern = &probe::check_pattern});
  if (!parsed.plan) {
    say(stdout, fmt::format("{}\n", error_lines(scenarios::to_text(parsed.errors))));
    return false;
  }
  bool good = true;
  const auto require = [&](const base::Status& status) {
    if (!status) say(stdout, fmt::format("{}: {}\n", file, status.error().text));
    good = good && status;
  };
  if (const auto& sniff = parsed.plan->sniff) {
    for (const auto& rule_file : sniff->rule_files) good = rules.check(rule_file) && good;
    if (!sniff->threshold_file.empty())
      good = check_thresholds(sniff->threshold_file, rules) && good;
    if (const auto all = sniffer::load_rules(sniff->rule_files, rules.variables))
      if (const auto thresholds =
              sniffer::require_thresholds(sniff->threshold_file, rules.variables))
        require(runner::check_canaries(*parsed.plan, all->set, *thresholds));
  }
  require(probe::check_tls(*parsed.plan));
  if (!good) return false;
  say(stdout, fmt::format("{}: ok\n", file));
  for (const auto& line : service_lines(*parsed.plan))
    say(stdout, reports::escape_terminal(line) + "\n");
  return true;
}

bool check_web(const std::string& file) {
  const auto read = scenarios::load_web_config(file);
  say(stdout, fmt::format("{}\n", read ? file + ": ok (TLS, users and headers of rampart exporter)"
                                       : error_lines(read.error().text)));
  return read.has_value();
}

bool check_yaml(const std::string& file, RuleCheck& rules) {
  const auto text = scenarios::read_text_file(file);
  switch (text ? scenarios::kind_of_yaml(*text) : scenarios::FileKind::scenario) {
    case scenarios::FileKind::authorisation: return check_authorisation(file);
    case scenarios::FileKind::rule_variables: return check_variables(file);
    case scenarios::FileKind::modules: return check_modules(file);
    case scenarios::FileKind::web_config: return check_web(file);
    case scenarios::FileKind::scenario: break;
  }
  return check_scenario(file, rules);
}

bool check_file(const std::string& file, RuleCheck& rules) {
  if (file.ends_with(".rules")) return rules.check(file);
  if (std::filesystem::path(file).filename() == kClasses) return check_classes(file);
  if (file.ends_with(".config")) return check_thresholds(file, rules);
  return check_yaml(file, rules);
}

}  // namespace

base::Result<bool> check_files(const std::vector<std::string>& files, const std::string& vars) {
  RuleCheck rules;
  if (!vars.empty()) {
    RAMPART_TRY(rules.variables, load_variables(vars));
  }
  bool good = true;
  for (const auto& file : files) good = check_file(file, rules) && good;
  if (rules.used) say(stdout, fmt::format("{}\n", reports::escape_terminal(rules.coverage.line())));
  return good;
}

}  // namespace rampart::cli
