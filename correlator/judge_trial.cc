#include "correlator/judge_trial.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/percent.h"

namespace rampart::correlator {
namespace {

constexpr double kDefaultErrors = 0.01;
constexpr double kBehind = 0.01;
constexpr double kBusy = 0.95;
constexpr double kLocal = 0.01;    // of the requests, that failed for this host's own reasons
constexpr double kStarved = 0.01;  // of the arrivals
constexpr double kNamed = 0.1;     // of the failures: a class of errors with fewer is not named
constexpr double kAsEver = 1.5;    // times the usual service time
constexpr base::Nanos kLate = std::chrono::milliseconds(10);

double number(std::uint64_t count) { return static_cast<double>(count); }

// What did not hold.
struct Missed {
  std::string text;
  base::Nanos latency{0};  // the smallest limit that was missed; 0: none was
  bool behind = false;

  void add(const std::string& what) { text += fmt::format("{}{}", text.empty() ? "" : ", ", what); }
};

void check_latency(const model::FindSpec& find, const TrialFigures& f, Missed& missed) {
  for (const auto& limit : find.limits.latency) {
    const auto actual = f.latency.at(limit.percentile);
    if (actual < limit.below) continue;
    missed.add(fmt::format("p{:g} {}", limit.percentile, base::format_duration(actual)));
    missed.latency =
        missed.latency.count() == 0 ? limit.below : std::min(missed.latency, limit.below);
  }
}

// "connect, timeout": what most requests failed by, most frequent first.
std::string classes_text(const model::LoadCounters& c) {
  std::vector<std::pair<std::uint64_t, model::ErrorClass>> classes;
  for (std::size_t i = 0; i < model::kErrorClasses; ++i) {
    const auto kind = static_cast<model::ErrorClass>(i);
    if (number(c.error(kind)) > kNamed * number(c.failed))
      classes.emplace_back(c.error(kind), kind);
  }
  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [count, kind] : classes)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(kind));
  return text;
}

void check_errors(const model::FindSpec& find, const TrialFigures& f, Missed& missed) {
  const auto ended = f.counters.completed + f.counters.failed;
  if (ended == 0) return missed.add("no answer at all");
  const double share = number(f.counters.failed) / number(ended);
  const double most = find.limits.errors ? find.limits.errors->value : kDefaultErrors;
  if (share < most) return;
  const auto classes = classes_text(f.counters);
  missed.add("errors " + base::format_percent(share) +
             (classes.empty() ? "" : fmt::format(" ({})", classes)));
}

// A level that chance alone moves: a difference of two Poisson counts of `level` has this standard
// deviation, three of which are allowed.
double chance(double level) { return 2 + 3 * std::sqrt(2 * level); }

void check_pace(const TrialFigures& f, Missed& missed) {
  const double ended = number(f.counters.completed + f.counters.failed);
  const double grown = number(f.counters.offered) - ended;
  missed.behind = grown > std::max(kBehind * number(f.counters.offered), chance(number(f.waiting)));
  if (missed.behind && f.counters.completed > 0)  // else more is wrong than the pace
    missed.add(base::format_percent(grown / number(f.counters.offered)) +
               " of the requests fell behind");
}

// Empty where the client is not the reason; else begins with a word of ClientSummary::limited_by.
std::string client_limit(const TrialFigures& f, const Missed& missed, base::Nanos usual_service) {
  const double offered = std::max(number(f.counters.offered), 1.0);
  if (f.busy >= kBusy)
    return fmt::format(
        "cpu: a worker was busy for {:.0f} % of the time: use more workers (-t) or "
        "another host",
        100 * f.busy);
  if (number(f.counters.error(model::ErrorClass::local)) > kLocal * offered)
    return "ports: this host ran out of ports or descriptors";
  if (number(f.answers_dropped) > kLocal * offered)
    return fmt::format(
        "local: this host had no room for {} answers: use more connections, or raise "
        "net.core.rmem_max",
        f.answers_dropped);
  const auto lag = f.schedule_lag.at(99);
  if (lag > kLate && missed.latency.count() > 0 && 4 * lag >= missed.latency && !missed.behind)
    return fmt::format("cpu: requests left {} late (p99) although a connection stood idle",
                       base::format_duration(lag));
  const auto service = static_cast<double>(f.service.at(50).count());
  if (number(f.starved) > kStarved * number(f.arrivals) && usual_service.count() > 0 &&
      service < kAsEver * static_cast<double>(usual_service.count()))
    return "connections: every one was busy while the server answered as fast as ever: use more "
           "of them (-c)";
  return {};
}

}  // namespace

model::Trial judge_trial(const model::FindSpec& find, std::uint32_t position, const TrialFigures& f,
                         base::Nanos usual_service) {
  model::Trial trial{.position = position,
                     .rate = f.rate,
                     .from = f.from,
                     .to = f.to,
                     .offered = f.arrivals,
                     .completed = f.finished,
                     .failed = f.counters.failed,
                     .missed = f.missed,
                     .p50 = f.latency.at(50),
                     .p99 = f.latency.at(99),
                     .max = f.latency.max(),
                     .outcome = model::TrialOutcome::kept,
                     .limited_by = {}};
  Missed missed;
  check_latency(find, f, missed);
  check_errors(find, f, missed);
  check_pace(f, missed);
  if (missed.text.empty()) return trial;
  trial.limited_by = client_limit(f, missed, usual_service);
  trial.outcome =
      trial.limited_by.empty() ? model::TrialOutcome::missed : model::TrialOutcome::client_limited;
  if (trial.limited_by.empty()) trial.limited_by = std::move(missed.text);
  return trial;
}

}  // namespace rampart::correlator
