#include "correlator/capacity.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "base/units.h"
#include "correlator/capacity_interval.h"
#include "correlator/capacity_search.h"

namespace rampart::correlator {
namespace {

using model::ErrorClass;
using model::SearchEnd;
using model::TrialOutcome;

constexpr base::Nanos kAftermath = std::chrono::seconds(2);  // of a trial that was missed

std::string rate(double per_second) { return base::format_count(per_second) + "/s"; }

// Why the last trial was no good.
std::string last_reason(const model::CapacityResult& r) {
  return r.trials.empty() ? std::string() : r.trials.back().trial.limited_by;
}

// What to look at where nothing was answered as expected, at any rate.
std::string_view remedy(const model::LoadCounters& counters) {
  std::size_t worst = 0;
  for (std::size_t i = 0; i < model::kErrorClasses; ++i)
    if (counters.error(static_cast<ErrorClass>(i)) > counters.error(static_cast<ErrorClass>(worst)))
      worst = i;
  if (counters.failed == 0) return "see whether it hangs";
  switch (static_cast<ErrorClass>(worst)) {
    case ErrorClass::connect: return "see that it runs and listens there";
    case ErrorClass::timeout: return "see whether it hangs, or whether something drops its packets";
    case ErrorClass::tls: return "look at its certificate and its TLS versions";
    case ErrorClass::reset:
    case ErrorClass::protocol: return "see that it speaks this protocol, and look into its log";
    case ErrorClass::local: return "see rampart doctor";
    case ErrorClass::http_4xx:
    case ErrorClass::http_5xx:
    case ErrorClass::expectation: break;
  }
  return "look at what it answers, and into its log";
}

// `counters` are those of the whole search.
std::string none_kept(const model::CapacityResult& r, const model::FindSpec& find,
                      const model::LoadCounters& counters) {
  const auto first = fmt::format("at {}, the first rate tried", rate(find.from.per_second));
  const bool answered = std::any_of(r.trials.begin(), r.trials.end(),
                                    [](const auto& tried) { return tried.trial.completed > 0; });
  if (answered || counters.completed > 0)
    return fmt::format("the limits did not hold {}: {}; start from a lower rate", first,
                       last_reason(r));
  return fmt::format("the server answered nothing as expected {}: {}; {}", first, last_reason(r),
                     remedy(counters));
}

std::string reason_of(const model::CapacityResult& r, const model::FindSpec& find,
                      const model::LoadCounters& counters) {
  switch (r.ended) {
    case SearchEnd::found:
      return fmt::format("{} was kept and {} was missed, in most of {} trials each", rate(r.rate),
                         rate(r.high.value_or(0)), find.repeats);
    case SearchEnd::at_most:
      return fmt::format("the limits held up to {}, the most that was to be tried", rate(r.rate));
    case SearchEnd::client_limited:
      return fmt::format("the load generator was the limit{}: {}",
                         r.rate > 0 ? fmt::format(" above {}", rate(r.rate)) : "", last_reason(r));
    case SearchEnd::none_kept: return none_kept(r, find, counters);
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
  r.flows = load.flow;
  CapacitySearch search(find);
  for (const auto& trial : t.evidence.trials) {
    search.feed(trial.rate, trial.outcome);
    r.trials.push_back({{t.align.at(trial.from), t.align.at(trial.to)}, trial});
  }
  r.rate = search.kept().value_or(base::Rps{}).per_second;
  if (const auto missed = search.missed()) r.high = missed->per_second;
  r.ended = search.ended().value_or(SearchEnd::interrupted);
  if (r.ended == SearchEnd::found) r.ci95 = capacity_interval(t.evidence.trials, base::Rps{r.rate});
  if (!r.trials.empty())
    r.length = r.trials.back().judged.to - r.trials.front().judged.from + model::warm_up(find);
  const auto& totals = t.evidence.load_totals;
  r.reason = reason_of(
      r, find, find.load < totals.size() ? totals[find.load].counters : model::LoadCounters{});
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
