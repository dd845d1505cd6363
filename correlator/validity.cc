#include "correlator/validity.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "correlator/client_limit.h"

namespace rampart::correlator {
namespace {

constexpr std::uint64_t kFewRequests = 100;
constexpr std::size_t kFewProbes = 5;

std::string too_little(const Timeline& t) {
  const auto& drops = t.evidence.drops;
  if (drops.load > 0)
    return fmt::format(
        "{} load records were lost before they were stored, so the figures are "
        "incomplete",
        drops.load);
  std::size_t probes = 0;
  for (const auto& view : t.targets) probes += view.probes.size();
  std::uint64_t started = 0;
  for (const auto& total : t.evidence.load_totals) started += total.counters.started;
  if (!t.plan().loads.empty() && started < kFewRequests && !find_local_limit(t.evidence).spoils)
    return fmt::format("only {} requests were sent; at least {} are needed", started, kFewRequests);
  if (t.plan().loads.empty() && probes < kFewProbes && t.evidence.wire.empty())
    return fmt::format("only {} probes have a result; at least {} are needed", probes, kFewProbes);
  return {};
}

// Checks of a probe that came due while the one before was still running.
std::size_t left_out(const TargetView& view, std::uint32_t probe, std::size_t& sent) {
  std::size_t count = 0;
  const ProbeSight* before = nullptr;
  sent = 0;
  for (const auto& p : view.probes) {
    if (p.result->probe != probe) continue;
    ++sent;
    if (before != nullptr && p.interval.count() > 0 && before->result->duration >= p.interval) {
      const auto steps =
          std::llround(base::seconds(p.span.from - before->span.from) / base::seconds(p.interval));
      count += static_cast<std::size_t>(std::max<long long>(steps - 1, 0));
    }
    before = &p;
  }
  return count;
}

// What is missing from the availability of probes, which it then flatters.
std::string missing_probes(const Timeline& t) {
  std::string text;
  for (std::uint32_t i = 0; i < t.plan().probes.size(); ++i) {
    const auto& spec = t.plan().probes[i];
    std::size_t sent = 0;
    const auto missing = left_out(t.targets[spec.target], i, sent);
    if (20 * missing >= sent + missing && missing > 0)
      text += fmt::format(
          "; probe {} left out {} of {} checks while the one before was still running, so bad "
          "times count too little in its availability: give it a timeout below its interval",
          spec.name, missing, sent + missing);
  }
  std::size_t blind = 0;
  for (const auto& view : t.targets) blind += view.blind_probes;
  if (blind > 0) text += fmt::format("; {} probes were not sent by this host's own trouble", blind);
  return text;
}

}  // namespace

ValidityResult validate(const Timeline& t, const std::vector<model::TimeSpan>& silent) {
  using enum model::Validity;
  ValidityResult r;
  r.reason = too_little(t);
  if (!r.reason.empty()) return r;
  const auto limit = find_client_limit(t, silent);
  r.validity = limit.spoils ? client_limited : valid;
  r.limited_by = limit.name;
  r.reason = limit.reason;
  if (r.reason.empty())
    r.reason =
        t.plan().loads.empty() ? "no load was asked for" : "the client kept up with the plan";
  r.reason += steal_text(t.evidence);
  if (limit.spoils) return r;
  r.reason += missing_probes(t);
  if (t.evidence.drops.probe > 0)
    r.reason += fmt::format("; {} probe records were lost", t.evidence.drops.probe);
  if (t.evidence.drops.wire > 0)
    r.reason += fmt::format("; {} wire records were lost", t.evidence.drops.wire);
  return r;
}

ValidityResult validate_search(const model::CapacityResult& capacity, ValidityResult whole) {
  using enum model::Validity;
  if (whole.validity == inconclusive) return whole;
  switch (capacity.ended) {
    case model::SearchEnd::client_limited: {
      const auto& why = capacity.trials.back().trial.limited_by;
      return {client_limited, capacity.reason, why.substr(0, why.find(':'))};
    }
    case model::SearchEnd::found:
    case model::SearchEnd::at_most:
      return {valid, "in no trial that decided was the client the limit", ""};
    default: return {inconclusive, capacity.reason, ""};
  }
}

}  // namespace rampart::correlator
