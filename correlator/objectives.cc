#include "correlator/objectives.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/units.h"
#include "correlator/availability.h"

namespace rampart::correlator {
namespace {

using model::Interval;
using model::ObjectiveResult;

std::string percent(base::Ratio wanted) { return fmt::format("{:.9g}%", 100 * wanted.value); }

// The digits that the interval supports, its width to one or two places; more only where fewer
// would say 0 or 100 % of what is not, or put the share on the other side of the wanted one.
std::string percent(double share, const Interval& ci, base::Ratio wanted) {
  constexpr int kMostDigits = 7;
  const double value = 100 * share;
  const double limit = 100 * wanted.value;
  const double width = 100 * (ci.high - ci.low);
  int digits = std::clamp(static_cast<int>(std::ceil(-std::log10(width))) + 1, 0, kMostDigits);
  const auto misleads = [&] {
    const double unit = std::pow(10, -digits);
    const double shown = std::round(value / unit) * unit;
    const double dust = unit / 1000;
    return (share > 0 && shown < dust) || (share < 1 && shown > 100 - dust) ||
           (value < limit) != (shown < limit - dust) || (value > limit) != (shown > limit + dust);
  };
  while (digits < kMostDigits && misleads()) ++digits;
  auto text = fmt::format("{:.{}f}", value, digits);
  if (digits > 0) text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + "%";
}

struct Share {
  std::uint64_t part = 0;
  std::uint64_t all = 0;
  [[nodiscard]] double value() const {
    return static_cast<double>(part) / static_cast<double>(all);
  }
};

// A share that must be at least (or, for errors, below) the wanted one.
ObjectiveResult weigh_share(std::string name, std::string target, const Share& share,
                            base::Ratio wanted, bool wants_more,
                            const std::optional<base::Ratio>& confidence) {
  ObjectiveResult row;
  row.name = std::move(name);
  row.target = std::move(target);
  row.wanted = (wants_more ? ">= " : "< ") + percent(wanted);
  if (share.all == 0) {
    row.actual = "no data";
    return row;
  }
  row.ci95 = wilson(share.part, share.all);
  row.actual = percent(share.value(), *row.ci95, wanted);
  const Interval interval = confidence ? wilson(share.part, share.all, confidence->value)
                                       : Interval{share.value(), share.value()};
  row.outcome = wants_more ? at_least(wanted.value, interval) : below(wanted.value, interval);
  return row;
}

// Distribution-free interval of a percentile by order statistics: the rank of the percentile is
// binomial, here with its normal approximation (H. A. David, Order Statistics, 2.5).
Interval percentile_interval(const base::Histogram& h, double percentile, double confidence) {
  const auto n = static_cast<double>(h.count());
  const double p = percentile / 100;
  const double half = 100 * z_of(confidence) * std::sqrt(p * (1 - p) / n);
  // Above rank n nothing was seen, so nothing bounds the value there.
  const double high = percentile + half > 100 * (1 - 0.5 / n)
                          ? std::numeric_limits<double>::infinity()
                          : base::millis(h.at(percentile + half));
  return {base::millis(h.at(percentile - half)), high};
}

ObjectiveResult weigh_latency(const model::LatencyObjective& objective, const std::string& load,
                              const base::Histogram& h,
                              const std::optional<base::Ratio>& confidence) {
  ObjectiveResult row;
  row.name = fmt::format("latency p{:g}", objective.percentile);
  row.target = load;
  row.wanted = "< " + base::format_duration(objective.below);
  if (h.empty()) {
    row.actual = "no data";
    return row;
  }
  const auto actual = h.at(objective.percentile);
  row.actual = base::format_duration(actual);
  const auto shown = percentile_interval(h, objective.percentile, 0.95);
  if (std::isfinite(shown.high)) row.ci95 = shown;
  const Interval interval = confidence
                                ? percentile_interval(h, objective.percentile, confidence->value)
                                : Interval{base::millis(actual), base::millis(actual)};
  row.outcome = below(base::millis(objective.below), interval);
  return row;
}

}  // namespace

std::vector<ObjectiveResult> weigh_objectives(const model::Evidence& e,
                                              const model::RunResult& result) {
  const auto& wanted = e.plan.objectives;
  std::vector<ObjectiveResult> rows;
  if (wanted.availability) {
    Share all;
    for (const auto& p : result.probes) {
      all.part += p.succeeded;
      all.all += p.sent;
    }
    rows.push_back(weigh_share("availability", "all probes", all, *wanted.availability, true,
                               wanted.confidence));
    for (const auto& p : result.probes)
      if (result.probes.size() > 1)
        rows.push_back(weigh_share("availability", p.name, {p.succeeded, p.sent},
                                   *wanted.availability, true, wanted.confidence));
  }
  // A search goes past its limits on purpose: over its whole run they say nothing.
  const bool searched = e.plan.find.has_value();
  for (const auto& objective : wanted.latency)
    for (std::size_t i = 0; i < result.load.size() && !searched; ++i)
      rows.push_back(weigh_latency(objective, result.load[i].name, e.load_totals[i].latency,
                                   wanted.confidence));
  if (wanted.errors && !searched)
    for (const auto& load : result.load)
      rows.push_back(
          weigh_share("errors", load.name,
                      {load.counters.failed, load.counters.completed + load.counters.failed},
                      *wanted.errors, false, wanted.confidence));
  if (wanted.detection) {
    const auto seen = result.detection.value_or(model::CanarySummary{});
    rows.push_back(weigh_share("detection", "canaries", {seen.seen, seen.sent}, *wanted.detection,
                               true, wanted.confidence));
  }
  return rows;
}

}  // namespace rampart::correlator
