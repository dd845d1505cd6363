#include <fmt/core.h>

#include "scenarios/options.h"
#include "scenarios/scenario.h"

namespace rampart::scenarios {
namespace {

// "targets.*.url" as "targets.NAME.url".
std::string shown_path(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '*')
      out += path.ends_with("latency.*") ? "pNN" : "NAME";
    else
      out += path[i];
  }
  return out;
}

// Types whose form is shown at each option; the others are plain words, paths, counts and
// durations.
bool has_syntax(Type type) {
  using enum Type;
  for (const auto shown : {rate, percent, url, glob, request_path, at_least, below_share,
                           below_duration, stop_below, stop_above})
    if (type == shown) return true;
  return false;
}

std::string value_column(const Option& option) {
  if (option.type == Type::choice) {
    std::string out;
    for (const auto word : words(option.choices))
      out += fmt::format("{}`{}`", out.empty() ? "" : ", ", word);
    return option.or_map ? out + ", or a map" : out;
  }
  if (option.type == Type::boolean) return "`true` or `false`";
  if (option.type == Type::map || option.type == Type::named || option.type == Type::list)
    return std::string(describe(option.type).noun);
  std::string out(describe(option.type).noun);
  if (has_syntax(option.type)) out += fmt::format(": `{}`", describe(option.type).example);
  if (option.many) out += ", or a list of them";
  if (!option.min.empty() && !option.max.empty())
    out += fmt::format("; {} to {}", option.min, option.max);
  else if (!option.max.empty())
    out += fmt::format("; {} at most", option.max);
  return out;
}

std::string default_column(const Option& option) {
  if (option.required) return "required";
  return option.fallback.empty() ? "" : fmt::format("`{}`", option.fallback);
}

}  // namespace

std::string reference_markdown() {
  std::string out = "| key | value | default | meaning |\n|---|---|---|---|\n";
  std::string planned;
  for (const auto& option : scenario_options().rows()) {
    for (const auto word : words(option.planned_choices))
      planned += fmt::format("- `{}: {}`\n", shown_path(option.path), word);
    if (option.planned)
      planned += fmt::format("- `{}`: {}\n", shown_path(option.path), option.help);
    else
      out += fmt::format("| `{}` | {} | {} | {} |\n", shown_path(option.path), value_column(option),
                         default_column(option), option.help);
  }
  return out + "\nWords of the language that are not supported yet; using one is an error:\n\n" +
         planned;
}

}  // namespace rampart::scenarios
