#include "reports/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/capacity_tables.h"
#include "reports/figures.h"
#include "reports/wording.h"

namespace rampart::reports {
namespace {

using model::State;
using Worst = std::vector<const model::Verdict*>;

bool in_trouble(const model::Verdict* verdict) {
  return verdict->state == State::down || verdict->state == State::degraded;
}

bool serves_badly(const model::Verdict* verdict) {
  return in_trouble(verdict) && !only_monitoring(*verdict);
}
bool watched_badly(const model::Verdict* verdict) {
  return in_trouble(verdict) && only_monitoring(*verdict);
}

// The worst verdict of each target, in the order in which they are first spoken of.
Worst worst_of_targets(const model::RunResult& result) {
  Worst list;
  for (const auto& v : result.verdicts) {
    const auto same = std::find_if(list.begin(), list.end(),
                                   [&](const auto* other) { return other->target == v.target; });
    if (same == list.end())
      list.push_back(&v);
    else if (worse(v, **same))
      *same = &v;
  }
  return list;
}

// "web, api and 3 others".
std::string names_of(const Worst& list) {
  constexpr std::size_t kNamed = 3;
  std::string out;
  const auto named = list.size() <= kNamed + 1 ? list.size() : kNamed;
  for (std::size_t i = 0; i < named; ++i) {
    const bool last = i + 1 == list.size();
    out += fmt::format("{}{}", i == 0 ? "" : last ? " and " : ", ", list[i]->target);
  }
  return named == list.size() ? out : fmt::format("{} and {} others", out, list.size() - named);
}

std::string cause_text(model::Cause cause) {
  return cause == model::Cause::unknown ? "cause unknown" : std::string(to_string(cause));
}

// "; and another outage, and degraded 2 times": the target's other times of trouble. Empty where
// there are none.
std::string others_text(const model::RunResult& result, const model::Verdict& worst) {
  const auto others = [&](State state) {
    return std::count_if(result.verdicts.begin(), result.verdicts.end(), [&](const auto& v) {
      return &v != &worst && v.target == worst.target && v.state == state && serves_badly(&v);
    });
  };
  const auto outages = others(State::down);
  const auto degraded = others(State::degraded);
  const std::string_view more = worst.state == State::down ? "" : " more";
  std::string out;
  if (outages == 1) out = "and another outage";
  if (outages > 1) out = fmt::format("and {} more outages", outages);
  if (degraded > 0 && outages > 0) out += ", ";
  if (degraded == 1) out += fmt::format("and degraded once{}", more);
  if (degraded > 1) out += fmt::format("and degraded {}{} times", degraded, more);
  return out.empty() ? out : "; " + out;
}

// "metrics pages of mail were unreachable or wrong (fault.exporter_down)".
std::string monitoring_text(std::string_view pages) {
  return fmt::format("{} were unreachable or wrong ({})", pages,
                     to_string(model::Cause::fault_exporter_down));
}

// Several targets had trouble: what each had, and where it was the same, once.
std::string several_text(const model::RunResult& result, const Worst& troubled, std::size_t all) {
  const auto& first = *troubled.front();
  const bool same = std::all_of(troubled.begin(), troubled.end(), [&](const auto* v) {
    return v->state == first.state && v->cause == first.cause;
  });
  const bool more = std::any_of(troubled.begin(), troubled.end(),
                                [&](const auto* v) { return !others_text(result, *v).empty(); });
  if (same && !more)
    return fmt::format("{} were {}: {}", names_of(troubled), to_string(first.state),
                       cause_text(first.cause));
  constexpr std::size_t kNamed = 4;
  std::string out = fmt::format("{} of {} targets had trouble: ", troubled.size(), all);
  for (std::size_t i = 0; i < std::min(kNamed, troubled.size()); ++i) {
    out += fmt::format("{}{} was {} ({}{})", i == 0 ? "" : ", ", troubled[i]->target,
                       to_string(troubled[i]->state), cause_text(troubled[i]->cause),
                       others_text(result, *troubled[i]));
  }
  return troubled.size() > kNamed ? out + ", ..." : out;
}

// Whether every probe of the target and every request to it was answered as expected.
bool all_served(const model::RunResult& result, const std::string& target) {
  return std::none_of(result.probes.begin(), result.probes.end(),
                      [&](const auto& p) { return p.target == target && p.succeeded < p.sent; }) &&
         std::none_of(result.load.begin(), result.load.end(),
                      [&](const auto& l) { return l.target == target && l.counters.failed > 0; });
}

std::string one_text(const model::RunResult& result, const model::Verdict& v) {
  return fmt::format(
      "{} was {} from {}: {}{}", v.target, to_string(v.state), span_text(v.window),
      v.cause == model::Cause::unknown ? "the evidence singles out no cause" : to_string(v.cause),
      others_text(result, v));
}

// No service was in trouble, only what watches it.
std::string unwatched_text(const model::RunResult& result, const Worst& unwatched) {
  const auto known = [&](const std::string& target) {
    return std::none_of(result.verdicts.begin(), result.verdicts.end(), [&](const auto& v) {
      return v.target == target && v.state == State::unknown;
    });
  };
  const bool served = std::all_of(unwatched.begin(), unwatched.end(), [&](const auto* v) {
    return all_served(result, v->target) && known(v->target);
  });
  return fmt::format(
      "{} {} served{}, but {}", names_of(unwatched), unwatched.size() > 1 ? "were" : "was",
      served ? " throughout" : "",
      monitoring_text(unwatched.size() > 1 ? "their metrics pages" : "its metrics pages"));
}

std::string unknown_text(const Worst& targets) {
  Worst unknown;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(unknown),
               [](const auto* v) { return v->state == State::unknown; });
  if (unknown.size() > 1)
    return fmt::format("the state of {} is unknown{}", names_of(unknown),
                       unknown.size() < targets.size() ? ", the others were healthy" : "");
  const auto& v = *unknown.front();
  return fmt::format("{}: state unknown from {}{}{}", v.target, span_text(v.window),
                     v.summary.empty() ? "" : ", ", v.summary);
}

std::string healthy_text(const model::RunResult& result, const Worst& targets) {
  const auto* worst = worst_verdict(result);
  if (by_others(*worst))
    return fmt::format("{} stayed healthy under {} from {}", worst->target, to_string(worst->cause),
                       span_text(worst->window));
  const bool served = std::all_of(targets.begin(), targets.end(),
                                  [&](const auto* v) { return all_served(result, v->target); });
  return fmt::format("{} {}", names_of(targets), targets.size() > 1 ? "were" : "was") +
         (served ? " healthy throughout" : " healthy, though not every request was served");
}

}  // namespace

std::string headline(const model::RunResult& result) {
  const auto targets = worst_of_targets(result);
  Worst troubled;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(troubled), serves_badly);
  Worst unwatched;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(unwatched), watched_badly);
  // Trouble that the search did not make comes first.
  if (result.capacity && troubled.empty())
    return fmt::format(
        "{}: {}{}", result.capacity->target, capacity_text(*result.capacity),
        unwatched.empty() ? "" : "; " + monitoring_text("metrics pages of " + names_of(unwatched)));
  if (targets.empty()) return "no verdict: the run recorded nothing that could be judged";
  if (!troubled.empty()) {
    const auto text = troubled.size() > 1 ? several_text(result, troubled, targets.size())
                                          : one_text(result, *troubled.front());
    return unwatched.empty()
               ? text
               : text + "; " + monitoring_text("metrics pages of " + names_of(unwatched));
  }
  if (!unwatched.empty()) return unwatched_text(result, unwatched);
  const bool unknown = std::any_of(targets.begin(), targets.end(),
                                   [](const auto* v) { return v->state == State::unknown; });
  return unknown ? unknown_text(targets) : healthy_text(result, targets);
}

std::size_t troubled_targets(const model::RunResult& result) {
  const auto targets = worst_of_targets(result);
  return static_cast<std::size_t>(std::count_if(targets.begin(), targets.end(), in_trouble));
}

}  // namespace rampart::reports
