#include "reports/capacity_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/units.h"
#include "reports/escape.h"
#include "reports/figures.h"

namespace rampart::reports {
namespace {

using model::SearchEnd;
using model::TrialOutcome;

// "1,980/s": a rate to the unit, for these are compared with each other.
std::string whole(double per_second) {
  auto digits = fmt::format("{:.0f}", per_second);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string rate(double per_second) { return whole(per_second) + "/s"; }

std::string_view word(TrialOutcome outcome) {
  switch (outcome) {
    case TrialOutcome::kept: return "kept";
    case TrialOutcome::missed: return "missed";
    case TrialOutcome::client_limited: return "client";
  }
  return "";
}

Tone tone_of(TrialOutcome outcome) {
  switch (outcome) {
    case TrialOutcome::kept: return Tone::good;
    case TrialOutcome::missed: return Tone::bad;
    case TrialOutcome::client_limited: return Tone::warning;
  }
  return Tone::plain;
}

std::vector<const model::Trial*> by_rate(const model::CapacityResult& capacity) {
  std::vector<const model::Trial*> trials;
  for (const auto& tried : capacity.trials) trials.push_back(&tried.trial);
  std::stable_sort(trials.begin(), trials.end(),
                   [](const auto* a, const auto* b) { return a->rate < b->rate; });
  return trials;
}

double achieved(const model::Trial& trial) {
  const double length = base::seconds(trial.to - trial.from);
  return length > 0 ? static_cast<double>(trial.completed) / length : 0;
}

std::string latency(const model::Trial& trial, base::Nanos value) {
  return trial.measured() ? base::format_duration(value) : "-";
}

// "1,980/s", "120 flows/s".
std::string rate_of(const model::CapacityResult& c) {
  return whole(c.rate) + (c.flows ? " flows/s" : "/s");
}

std::string answer(const model::CapacityResult& c) {
  switch (c.ended) {
    case SearchEnd::found: {
      const auto interval =
          c.ci95 ? fmt::format(" (95 %: {} to {})", whole(c.ci95->low), whole(c.ci95->high)) : "";
      return fmt::format("capacity: {}{}, {} holds up to there", rate_of(c), interval, c.wanted);
    }
    case SearchEnd::at_most:
      return fmt::format("capacity: at least {}, {} still holds there", rate_of(c), c.wanted);
    default: break;
  }
  if (c.rate > 0) return fmt::format("capacity: at least {}, not found: {}", rate_of(c), c.reason);
  return "capacity: not found: " + c.reason;
}

}  // namespace

std::string capacity_text(const model::CapacityResult& capacity) {
  return fmt::format("{}; {} in {}", answer(capacity), plural(capacity.trials.size(), "trial"),
                     run_time_text(capacity.length));
}

TextTable trial_table(const model::CapacityResult& capacity) {
  TextTable table({true, true, true, true, true, true, false, false});
  if (!capacity.trials.empty()) {
    std::vector<Cell> heads;
    for (const auto* head : {"rate", "completed", "failed", "p50", "p99", "max", "", ""})
      heads.push_back({head, Tone::faint});
    table.add(std::move(heads));
  }
  for (const auto* trial : by_rate(capacity))
    table.add({{rate(trial->rate.per_second), Tone::strong},
               {rate(achieved(*trial))},
               {std::to_string(trial->failed), trial->failed > 0 ? Tone::bad : Tone::plain},
               {latency(*trial, trial->p50)},
               {latency(*trial, trial->p99)},
               {latency(*trial, trial->max)},
               {std::string(word(trial->outcome)), tone_of(trial->outcome)},
               {escape_terminal(trial->limited_by), Tone::faint}});
  return table;
}

PageTable trial_page_table(const model::CapacityResult& capacity) {
  PageTable table{"Trials", {}, {}, true};
  for (const auto* head : {"rate", "completed", "failed", "p50", "p99", "max"})
    table.heads.push_back({head, "num"});
  table.heads.push_back({"limits"});
  table.heads.push_back({"what did not hold"});
  for (const auto* trial : by_rate(capacity)) {
    const bool kept = trial->outcome == TrialOutcome::kept;
    const bool missed = trial->outcome == TrialOutcome::missed;
    table.rows.push_back({{rate(trial->rate.per_second), "num strong"},
                          {rate(achieved(*trial)), "num"},
                          {grouped(trial->failed), trial->failed > 0 ? "num bad" : "num"},
                          {latency(*trial, trial->p50), "num"},
                          {latency(*trial, trial->p99), "num"},
                          {latency(*trial, trial->max), "num"},
                          {kept     ? "✓ kept"
                           : missed ? "✕ missed"
                                    : "? client was the limit",
                           kept     ? "good nowrap"
                           : missed ? "bad nowrap"
                                    : "warn nowrap"},
                          {trial->limited_by}});
  }
  return table;
}

}  // namespace rampart::reports
