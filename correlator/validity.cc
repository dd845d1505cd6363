#include "correlator/validity.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/units.h"

namespace rampart::correlator {
namespace {

constexpr base::Nanos kLate = std::chrono::milliseconds(10);
constexpr double kBusy = 0.95;
constexpr std::uint64_t kFewRequests = 100;
constexpr std::size_t kFewProbes = 5;

bool busy(const model::ClientSecond& c) {
  return c.length.count() > 0 && base::seconds(c.busy) >= kBusy * base::seconds(c.length);
}
bool late(const model::ClientSecond& c) { return c.schedule_lag_p99 > kLate; }

// Shares of the seconds of the worker where it is worst, and its longest row of them.
struct Pressed {
  double share = 0;
  std::size_t longest = 0;
};

template <class Is>
Pressed pressed(const Timeline& t, const std::vector<model::TimeSpan>& silent, Is is) {
  struct Count {
    std::size_t all = 0, hit = 0, row = 0, longest = 0;
  };
  std::map<std::uint32_t, Count> workers;
  for (const auto& c : t.evidence.client) {
    const auto from = t.align.at(c.start);
    const model::TimeSpan around{from - std::chrono::seconds(2), from + c.length};
    const bool excused = std::any_of(silent.begin(), silent.end(), [&](const auto& s) {
      return overlap(s, around) > base::Nanos(0);
    });
    if (excused) continue;
    auto& w = workers[c.worker];
    ++w.all;
    w.row = is(c) ? w.row + 1 : 0;
    if (is(c)) ++w.hit;
    w.longest = std::max(w.longest, w.row);
  }
  Pressed worst;
  for (const auto& [worker, w] : workers) {
    const double share = w.all == 0 ? 0 : static_cast<double>(w.hit) / static_cast<double>(w.all);
    worst.share = std::max(worst.share, share);
    worst.longest = std::max(worst.longest, w.longest);
  }
  return worst;
}

struct Sent {
  std::uint64_t started = 0;
  bool any_open = false;
  double open_asked = 0, open_started = 0;
};

Sent sent(const Timeline& t) {
  Sent s;
  for (const auto& total : t.evidence.load_totals) s.started += total.counters.started;
  for (const auto& spec : t.plan().loads)
    s.any_open = s.any_open || spec.arrival.model == model::Arrival::Model::open;
  for (const auto& view : t.targets)
    for (const auto& sight : view.load) {
      if (!sight.open) continue;
      s.open_asked += sight.asked;
      s.open_started += static_cast<double>(sight.second->counters.started);
    }
  return s;
}

// Empty where the client kept up.
std::string client_limit(const Timeline& t, const std::vector<model::TimeSpan>& silent,
                         const Sent& s) {
  const auto busy_seconds = pressed(t, silent, busy);
  if (!s.any_open) {
    if (busy_seconds.share <= 0.5) return {};
    return fmt::format(
        "the busiest worker had no time left in {:.0f} % of the run, so the client "
        "set the rate: use more workers (-t) or another host",
        100 * busy_seconds.share);
  }
  const auto& lag = t.evidence.client_total.schedule_lag;
  const auto late_seconds = pressed(t, silent, late);
  const bool sustained_late =
      t.evidence.client.empty() || late_seconds.longest >= 3 || late_seconds.share >= 0.2;
  if (lag.count() >= kFewRequests && lag.at(99) > kLate && sustained_late)
    return fmt::format(
        "requests left {} late (p99) although a connection stood idle: lower the "
        "rate, use more workers or another host",
        base::format_duration(lag.at(99)));
  const bool sustained_busy = busy_seconds.longest >= 3 || busy_seconds.share >= 0.2;
  const bool short_of = s.open_started < 0.95 * s.open_asked;
  if (sustained_busy && (short_of || late_seconds.longest >= 3))
    return fmt::format(
        "a worker had no time left in {:.0f} % of the run and {} of {} requests left: "
        "lower the rate, use more workers or another host",
        100 * busy_seconds.share, base::format_count(s.open_started),
        base::format_count(s.open_asked));
  return {};
}

std::string too_little(const Timeline& t, const Sent& s) {
  const auto& drops = t.evidence.drops;
  if (drops.load > 0)
    return fmt::format(
        "{} load records were lost before they were stored, so the figures are "
        "incomplete",
        drops.load);
  std::size_t probes = 0;
  for (const auto& view : t.targets) probes += view.probes.size();
  if (!t.plan().loads.empty() && s.started < kFewRequests)
    return fmt::format("only {} requests were sent; at least {} are needed", s.started,
                       kFewRequests);
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

std::vector<model::TimeSpan> client_at_limit(const Timeline& t) {
  std::vector<model::TimeSpan> spans;
  for (const auto& c : t.evidence.client) {
    if (!busy(c) && !late(c)) continue;
    const auto from = t.align.at(c.start);
    spans.push_back({from, from + c.length});
  }
  return spans;
}

ValidityResult validate(const Timeline& t, const std::vector<model::TimeSpan>& silent) {
  using enum model::Validity;
  const auto s = sent(t);
  ValidityResult r;
  r.reason = too_little(t, s);
  if (!r.reason.empty()) return r;
  if (!t.plan().loads.empty()) r.reason = client_limit(t, silent, s);
  if (!r.reason.empty()) {
    r.validity = client_limited;
    r.limited_by = "cpu";
    return r;
  }
  r.validity = valid;
  r.reason = t.plan().loads.empty() ? "no load was asked for" : "the client kept up with the plan";
  double starved = 0;
  for (const auto& c : t.evidence.client) starved += static_cast<double>(c.starved);
  if (s.any_open && s.open_asked > 0 && starved > 0.01 * s.open_asked) {
    r.limited_by = "connections";
    r.reason = fmt::format(
        "the client had time left, but {:.0f} % of the requests came due while "
        "every connection was busy; latency counts that wait",
        std::min(100.0, 100 * starved / s.open_asked));
  }
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
