#include "cli/find_flags.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "base/units.h"
#include "scenarios/find_limits.h"
#include "scenarios/options.h"
#include "scenarios/values.h"

namespace rampart::cli {
namespace {

// What was given, or the scenario language's default, within the language's bounds.
base::Result<std::string> value_of(std::string_view key, const std::string& given) {
  const auto& option = *scenarios::scenario_options().find(fmt::format("find.{}", key));
  if (given.empty()) return std::string(option.fallback);
  if (auto good = scenarios::check_value(option, given); !good)
    return base::fail(std::move(good).error().in(fmt::format("--{}", key)));
  return given;
}

}  // namespace

void FindFlags::add_to(CLI::App& command) {
  const auto* group = "Capacity search";
  command
      .add_flag("--find", find_,
                "search the highest rate that keeps the limits, instead of holding one")
      ->group(group);
  command
      .add_option("--while", limits_,
                  "with --find: a limit, 'p99<250ms' or 'errors<1%' (the default), repeatable")
      ->take_all()
      ->group(group);
  command.add_option("--from", from_, "with --find: the first rate (default 100/s)")->group(group);
  command.add_option("--most", most_, "with --find: no rate above it (default 1M/s)")->group(group);
  command.add_option("--step", step_, "with --find: how long each rate is held (default 5s)")
      ->group(group);
  command.add_option("--precision", precision_, "with --find: how close (default 5%)")
      ->group(group);
}

bool FindFlags::given() const {
  return find_ || !limits_.empty() || !from_.empty() || !most_.empty() || !precision_.empty() ||
         !step_.empty();
}

base::Result<model::FindSpec> FindFlags::spec() const {
  if (!find_)
    return base::fail(base::Errc::config,
                      "--while, --from, --most, --step and --precision belong to --find: add it");
  model::FindSpec find;
  RAMPART_TRY(const auto from, value_of("from", from_));
  RAMPART_TRY(find.from, base::parse_rate(from));
  RAMPART_TRY(const auto most, value_of("most", most_));
  RAMPART_TRY(find.most, base::parse_rate(most));
  RAMPART_TRY(const auto precision, value_of("precision", precision_));
  RAMPART_TRY(find.precision, base::parse_percent(precision));
  const bool bare = step_.find_first_not_of("0123456789") == std::string::npos;  // seconds
  RAMPART_TRY(const auto step, value_of("step", bare && !step_.empty() ? step_ + "s" : step_));
  RAMPART_TRY(find.step, base::parse_duration(step));
  find.limits.errors = base::Ratio{0.01};
  for (const auto& limit : limits_)
    if (auto added = scenarios::add_limit(limit, find.limits); !added)
      return base::fail(std::move(added).error().in("--while"));
  if (auto sound = scenarios::check_find(find); !sound)
    return base::fail(base::Errc::config, "--" + sound.error().text);
  return find;
}

}  // namespace rampart::cli
