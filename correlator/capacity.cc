#include "correlator/capacity.h"

#include <fmt/core.h>

#include "base/units.h"
#include "correlator/capacity_interval.h"
#include "correlator/capacity_search.h"

namespace rampart::correlator {
namespace {

using model::SearchEnd;
using model::TrialOutcome;

constexpr base::Nanos kAftermath = std::chrono::seconds(2);  // of a trial that was missed

std::string rate(double per_second) { return base::format_count(per_second) + "/s"; }

// Why the last trial was no good.
std::string last_reason(const model::CapacityResult& r) {
  return r.trials.empty() ? std::string() : r.trials.back().trial.limited_by;
}

std::string reason_of(const model::CapacityResult& r, const model::FindSpec& find) {
  switch (r.ended) {
    case SearchEnd::found:
      return fmt::format("{} was kept and {} was missed, in most of {} trials each", rate(r.rate),
                         rate(r.high.value_or(0)), find.repeats);
    case SearchEnd::at_most:
      return fmt::format("the limits held up to {}, the most that was to be tried", rate(r.rate));
    case SearchEnd::client_limited:
      return fmt::format("the load generator was the limit{}: {}",
                         r.rate > 0 ? fmt::format(" above {}", rate(r.rate)) : "", last_reason(r));
    case SearchEnd::none_kept:
      return fmt::format(
          "the limits did not hold at {}, the first rate tried ({}): start lower "
          "with find.from",
          rate(find.from.per_second), last_reason(r));
    case SearchEnd::unsteady:
      return fmt::format(
          "the same rates were now kept, now missed, in {} trials: use longer "
          "steps, or look for what disturbs the server",
          r.trials.size());
    case SearchEnd::interrupted: return "the search was cut off before it had its answer";
  }
  return {};
}

}  // namespace

std::string limits_text(const model::FindSpec& find) {
  std::string text;
  for (const auto& limit : find.limits.latency)
    text += fmt::format("p{:g} < {}, ", limit.percentile, base::format_duration(limit.below));
  return fmt::format("{}errors < {:g} %", text,
                     100 * find.limits.errors.value_or(base::Ratio{0.01}).value);
}

std::optional<model::CapacityResult> conclude_capacity(const Timeline& t) {
  const auto& plan = t.plan();
  if (!plan.find) return std::nullopt;
  const auto& find = *plan.find;
  const auto& load = plan.loads[find.load];
  model::CapacityResult r;
  r.load = load.name;
  r.target = plan.targets[load.target].name;
  r.wanted = limits_text(find);
  CapacitySearch search(find);
  for (const auto& trial : t.evidence.trials) {
    search.feed(trial.rate, trial.outcome);
    r.trials.push_back({{t.align.at(trial.from), t.align.at(trial.to)}, trial});
  }
  r.rate = search.kept().value_or(base::Rps{}).per_second;
  if (const auto missed = search.missed()) r.high = missed->per_second;
  r.ended = search.ended().value_or(SearchEnd::interrupted);
  if (r.ended == SearchEnd::found) r.ci95 = capacity_interval(t.evidence.trials);
  if (!r.trials.empty())
    r.length = r.trials.back().judged.to - r.trials.front().judged.from + model::warm_up(find);
  r.reason = reason_of(r, find);
  return r;
}

bool is_searching(const Timeline& t, const model::TimeSpan& window, Symptom symptom) {
  if (!t.plan().find || window.to <= window.from) return false;
  const auto step = t.plan().find->step;
  base::Nanos covered{0};
  bool outlived = true;  // also where there is no trial
  for (const auto& trial : t.evidence.trials) {
    const bool missed = trial.outcome != TrialOutcome::kept;
    if (!missed && symptom != Symptom::slow) continue;
    const auto to = t.align.at(trial.to);
    const model::TimeSpan tried{to - step, to + (missed ? kAftermath : model::kTrialDrain)};
    covered += overlap(tried, window);
    outlived = outlived && window.to > tried.to;
  }
  return !outlived && 10 * covered >= 7 * (window.to - window.from);
}

}  // namespace rampart::correlator
