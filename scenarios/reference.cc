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
  for (const auto shown : {rate, bytes, byte_rate, percent, url, glob, request_path, path_template,
                           at_least, below_share, below_duration, stop_below, stop_above})
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
  if (option.or_map) out += ", or a map";
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

struct Reference {
  std::string rows;
  std::string planned;

  void add(const Option& option) {
    for (const auto word : words(option.planned_choices))
      planned += fmt::format("- `{}: {}`\n", shown_path(option.path), word);
    if (option.planned)
      planned += fmt::format("- `{}`: {}\n", shown_path(option.path), option.help);
    else
      rows += fmt::format("| `{}` | {} | {} | {} |\n", shown_path(option.path),
                          value_column(option), default_column(option), option.help);
  }

  // An option's own rows follow it, wherever they stand in the table.
  void add_beneath(const OptionTable& table, const std::string& path) {
    for (const Option* option : table.children(path)) {
      add(*option);
      const std::string own(option->path);
      add_beneath(table, own);
      add_beneath(table, own + "[]");
      if (const Option* any = table.any_child(own)) {
        add(*any);
        add_beneath(table, own + ".*");
      }
    }
  }
};

}  // namespace

std::string reference_markdown() {
  Reference reference;
  reference.add_beneath(scenario_options(), "");
  return "| key | value | default | meaning |\n|---|---|---|---|\n" + reference.rows +
         "\nWords of the language that are not supported yet; using one is an error:\n\n" +
         reference.planned;
}

}  // namespace rampart::scenarios
