#include <fmt/core.h>

#include <algorithm>

#include "scenarios/compile.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

template <class T>
std::optional<T> optional_of(base::Result<T> result) {
  if (!result) return std::nullopt;
  return *std::move(result);
}

void require(bool measured, const Section& section, std::string_view key, std::string_view source) {
  if (section.has(key) && !measured)
    section.error(key, fmt::format("{} would never be measured: add {}", key, source));
}

}  // namespace

std::vector<model::LatencyObjective> latency_of(const Section& section) {
  std::vector<model::LatencyObjective> limits;
  for (const auto& [key, value] : section.entries("latency")) {
    const auto percentile = percentile_of(key.text);
    if (!percentile)
      section.error(key.place,
                    fmt::format("'{}' is no percentile such as p50, p99 or p99.9", key.text));
    limits.push_back({percentile.value_or(0), *parse_below_duration(value.text)});
  }
  std::stable_sort(limits.begin(), limits.end(),
                   [](const auto& a, const auto& b) { return a.percentile < b.percentile; });
  return limits;
}

void compile_objectives(const Section& root, Draft& draft) {
  const auto section = root.section("objectives");
  auto& goals = draft.plan.objectives;
  goals.availability = optional_of(parse_at_least(section.text("availability")));
  goals.errors = optional_of(parse_below_share(section.text("errors")));
  goals.detection = optional_of(parse_at_least(section.text("detection")));
  goals.confidence = optional_of(base::parse_percent(section.text("confidence")));
  goals.latency = latency_of(section);
  require(!draft.plan.probes.empty(), section, "availability", "probes:");
  require(!draft.plan.loads.empty(), section, "latency", "load:");
  require(!draft.plan.loads.empty(), section, "errors", "load:");
  require(draft.plan.canaries.has_value(), section, "detection", "canaries:");
}

void compile_stop_when(const Section& root, Draft& draft) {
  const auto section = root.section("stop_when");
  auto& stop = draft.plan.stop_when;
  if (const auto low = parse_stop_below(section.text("availability"))) {
    stop.availability_below = low->limit;
    stop.availability_over = low->over;
  }
  if (const auto high = parse_stop_above(section.text("errors"))) {
    stop.errors_above = high->limit;
    stop.errors_over = high->over;
  }
  require(!draft.plan.probes.empty(), section, "availability", "probes:");
  require(!draft.plan.loads.empty(), section, "errors", "load:");
}

}  // namespace rampart::scenarios
