#include <fmt/core.h>

#include <chrono>
#include <vector>

#include "base/spelling.h"
#include "model/trial.h"
#include "scenarios/compile.h"
#include "scenarios/find_limits.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

// There is exactly one load, and find.load may name it.
bool names_the_load(const Section& section, const Draft& draft) {
  const auto& loads = draft.plan.loads;
  if (loads.size() != 1) {
    section.error(section.place(),
                  loads.empty() ? "nothing to search: add load: with the one whose rate is wanted"
                                : fmt::format("a search has one load, and here are {}: leave the "
                                              "others out",
                                              loads.size()));
    return false;
  }
  const auto name = section.text("load");
  if (name.empty() || name == loads.front().name) return true;
  const std::vector<std::string_view> known{loads.front().name};
  const auto near = base::nearest(name, known);
  section.error("load", fmt::format("no load '{}': {} '{}'", name,
                                    near.empty() ? "there is" : "did you mean", known.front()));
  return false;
}

// How long a flow pauses between its requests, in the mean.
base::Nanos pauses_of(const model::LoadSpec& load) {
  using Kind = model::ThinkTime::Kind;
  base::Nanos sum{0};
  for (std::size_t i = 0; i + 1 < load.steps.size(); ++i) {
    const auto& think = load.steps[i].think;
    if (think.kind == Kind::none) continue;
    sum += think.kind == Kind::uniform ? (think.low + think.high) / 2 : think.low;
  }
  return sum;
}

// A trial is judged from the moment at which as many flows end as begin.
void check_pauses(const Section& section, const model::LoadSpec& load,
                  const model::FindSpec& find) {
  const auto pauses = pauses_of(load);
  const auto warm_up = model::warm_up(find);
  if (pauses <= warm_up) return;
  section.error("step",
                fmt::format("a flow pauses for {} on its way, and only the first {} of a trial "
                            "is not judged: the last requests would be missing, so use {}s or more",
                            base::format_duration(pauses), base::format_duration(warm_up),
                            5 * std::chrono::ceil<std::chrono::seconds>(pauses).count()));
}

model::Objectives limits_of(const Section& section, const model::Objectives& objectives) {
  model::Objectives limits;
  const auto given = section.section("while");
  limits.latency = given.present() ? latency_of(given) : objectives.latency;
  limits.errors = base::Ratio{0.01};
  if (!given.present() && objectives.errors) limits.errors = objectives.errors;
  if (given.has("errors"))
    if (const auto errors = parse_below_share(given.text("errors"))) limits.errors = *errors;
  return limits;
}

}  // namespace

model::Arrival searched_arrival(const Section& section) {
  model::Arrival arrival;
  for (const auto* key : {"rate", "stages", "replay", "duration", "requests", "users"})
    if (section.has(key))
      section.error(key, fmt::format("find sets the rate, and tries each for find.step: leave {} "
                                     "out",
                                     key));
  if (section.text("model") == "closed")
    section.error("model", "find searches a rate, and closed users offer none: leave model out");
  const auto distribution = section.text("distribution");
  if (distribution == "poisson") arrival.distribution = model::Arrival::Distribution::poisson;
  if (distribution == "uniform") arrival.distribution = model::Arrival::Distribution::uniform;
  if (section.present()) arrival.burst = static_cast<std::uint32_t>(section.count("burst"));
  return arrival;
}

void compile_find(const Section& root, Draft& draft) {
  if (!root.has("find")) return;
  const auto section = root.section("find");
  if (root.has("duration"))
    return root.error("duration", "find ends once it has its answer: leave duration out");
  if (!names_the_load(section, draft)) return;
  auto& load = draft.plan.loads.front();
  if (const auto sound = check_searchable(load); !sound) {
    const auto written = root.items("load").front();
    const auto tcp = written.section("tcp");
    written.error(tcp.present() ? tcp.place("mode") : written.place("protocol"),
                  sound.error().text);
  }
  for (const auto& set : load.data)
    if (set.order == model::DataSet::Order::unique)
      section.error(section.place(),
                    fmt::format("the rows of '{}' are each used once, and a search "
                                "needs more flows than that: use order: random",
                                set.name));
  model::FindSpec find;
  find.from = section.rate("from");
  find.most = section.rate("most");
  find.precision = *base::parse_percent(section.text("precision"));
  find.step = section.duration("step");
  find.repeats = static_cast<std::uint32_t>(section.count("repeats"));
  find.limits = limits_of(section, draft.plan.objectives);
  if (const auto sound = check_find(find); !sound) {
    const auto& text = sound.error().text;
    const auto colon = text.find(':');
    return section.error(text.substr(0, colon), text.substr(colon + 2));
  }
  check_pauses(section, load, find);
  load.arrival.duration = model::longest(find);
  draft.plan.find = std::move(find);
}

}  // namespace rampart::scenarios
