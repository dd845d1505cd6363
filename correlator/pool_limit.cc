#include "correlator/pool_limit.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/units.h"
#include "correlator/baseline.h"

namespace rampart::correlator {
namespace {

constexpr double kBacklog = 0.05;  // of the arrivals of a second
constexpr double kFull = 0.9;      // of the places
constexpr double kQuiet = 0.5;     // of the places
constexpr double kSlower = 2;
constexpr double kFailing = 0.05;
constexpr std::size_t kFewSeconds = 3;
constexpr std::size_t kFewAnswers = 5;
constexpr double kSustained = 0.2;
constexpr double kSpare = 1.3;  // advice: some more than Little's law says

double mean_of(const model::ThinkTime& think) {
  using Kind = model::ThinkTime::Kind;
  switch (think.kind) {
    case Kind::none: return 0;
    case Kind::fixed:
    case Kind::exponential: return base::seconds(think.low);
    case Kind::uniform: return (base::seconds(think.low) + base::seconds(think.high)) / 2;
  }
  return 0;
}

// The seconds of one load, sorted by how full its pool was. Times in seconds.
struct Pool {
  const model::LoadSpec& spec;
  const model::LoadTotal& total;
  double places = 0;
  double steps = 1;
  double think = 0;  // of one flow

  std::size_t all = 0;
  std::vector<double> full_times = {},
                      quiet_times = {};   // for which a flow kept its place, mean of a second
  double full_rate = 0, full_length = 0;  // asked in the full seconds
  double most = 0;                        // places ever taken
  std::size_t waiting = 0;                // seconds with a backlog
  std::size_t row = 0, longest = 0;       // of full seconds
  std::size_t capped_row = 0, capped_longest = 0;
};

Pool pool_of(const model::Plan& plan, const model::Evidence& e, std::uint32_t load) {
  Pool p{.spec = plan.loads[load], .total = e.load_totals[load]};
  auto streams = std::max(p.spec.streams, 1U);
  if (p.spec.requests_per_connection > 0)
    streams = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(streams, p.spec.requests_per_connection));
  p.places = static_cast<double>(p.spec.connections) * streams;
  p.steps = static_cast<double>(std::max<std::size_t>(p.spec.steps.size(), 1));
  for (const auto& step : p.spec.steps) p.think += mean_of(step.think);
  return p;
}

// Places taken at the end of a second: by requests that are out, and by flows that think.
double taken(const Pool& p, const LoadSight& s) {
  const double length = base::seconds(s.second->length);
  const double thinking = length > 0 ? s.ended / length * p.think / p.steps : 0;
  return static_cast<double>(s.second->in_flight) + thinking;
}

bool disturbed(const LoadSight& s, const std::vector<model::TimeSpan>& silent) {
  if (static_cast<double>(s.second->counters.failed) > kFailing * s.ended) return true;
  return std::any_of(silent.begin(), silent.end(),
                     [&](const auto& w) { return overlap(w, s.span) > base::Nanos(0); });
}

void sort_second(Pool& p, const LoadSight& s, bool waits, bool counts) {
  const double places = taken(p, s);
  const double time = base::seconds(s.second->service.mean) * p.steps + p.think;
  const bool answered = s.second->service.count >= kFewAnswers;
  const bool full = waits && counts && answered && places >= kFull * p.places;
  const bool capped = waits && counts && answered && !full;
  p.row = full ? p.row + 1 : 0;
  p.longest = std::max(p.longest, p.row);
  p.capped_row = capped ? p.capped_row + 1 : 0;
  p.capped_longest = std::max(p.capped_longest, p.capped_row);
  if (waits) ++p.waiting;
  if (full) {
    p.full_times.push_back(time);
    p.full_rate += s.arrivals;
    p.full_length += base::seconds(s.second->length);
  } else if (!waits && counts && answered && places <= kQuiet * p.places) {
    p.quiet_times.push_back(time);
  }
}

Pool fill(const Timeline& t, const TargetView& view, std::uint32_t load,
          const std::vector<model::TimeSpan>& silent) {
  auto p = pool_of(t.plan(), t.evidence, load);
  double due = 0;
  double started = 0;
  for (const auto& s : view.load) {
    if (s.second->load != load) continue;
    ++p.all;
    const auto& c = s.second->counters;
    // Steps after the first are offered when they are sent: what is left over are arrivals.
    due += static_cast<double>(c.offered);
    started += static_cast<double>(c.started);
    const bool waits = due - started >= std::max(2.0, kBacklog * s.arrivals) && s.arrivals > 0;
    p.most = std::max(p.most, taken(p, s));
    sort_second(p, s, waits, !disturbed(s, silent));
  }
  return p;
}

bool sustained(const Pool& p, std::size_t longest, std::size_t count) {
  return longest >= kFewSeconds &&
         static_cast<double>(count) >= kSustained * static_cast<double>(p.all);
}

// How long a flow keeps its place while the server has nothing else to do.
double quiet_time(const Pool& p) {
  if (p.quiet_times.size() >= kFewSeconds) return median(p.quiet_times);
  double least = p.think;
  if (p.total.steps.empty()) return least + base::seconds(p.total.service.min());
  for (const auto& step : p.total.steps) least += base::seconds(step.service.min());
  return least;
}

std::string time_text(double seconds) { return base::format_duration(base::from_seconds(seconds)); }

PoolLimit judge_full(const Pool& p) {
  using Kind = PoolLimit::Kind;
  const double quiet = quiet_time(p);
  const double full = median(p.full_times);
  const double rate = p.full_rate / p.full_length;
  const double needed = rate * quiet;
  if (needed > p.places && full < kSlower * quiet)
    return {Kind::too_small,
            fmt::format("{}: {}/s at {} each need {:.0f} connections{}, and it has {}: raise "
                        "connections (-c) to {:.0f} or lower the rate",
                        p.spec.name, base::format_count(rate), time_text(full),
                        std::ceil(rate * full * p.spec.connections / p.places),
                        p.think > 0 ? ", think times included" : "", p.spec.connections,
                        std::ceil(kSpare * rate * full * p.spec.connections / p.places))};
  if (full >= kSlower * quiet)
    return {Kind::server_slow,
            fmt::format("{}: the server took {} where it took {} when it was quiet", p.spec.name,
                        time_text(full), time_text(quiet))};
  return {};
}

PoolLimit judge(const Pool& p) {
  using Kind = PoolLimit::Kind;
  if (sustained(p, p.longest, p.full_times.size())) return judge_full(p);
  const bool http2 = p.spec.protocol == model::Protocol::http2 && p.spec.streams > 1;
  if (http2 && p.total.counters.connect_failures == 0 && p.most <= kFull * p.places &&
      sustained(p, p.capped_longest, p.waiting))
    return {Kind::server_streams,
            fmt::format("{}: no more than {:.0f} requests were out at a time where {} "
                        "connections with {} streams each could carry {:.0f}: the server takes "
                        "fewer streams",
                        p.spec.name, p.most, p.spec.connections, p.spec.streams, p.places)};
  return {};
}

}  // namespace

PoolLimit find_pool_limit(const Timeline& t, const std::vector<model::TimeSpan>& silent) {
  PoolLimit worst;
  const auto& loads = t.plan().loads;
  for (std::uint32_t i = 0; i < loads.size() && i < t.evidence.load_totals.size(); ++i) {
    const bool keeps = loads[i].protocol == model::Protocol::tcp &&
                       loads[i].socket.mode == model::SocketUse::Mode::hold;
    if (loads[i].arrival.model != model::Arrival::Model::open || keeps) continue;
    auto limit = judge(fill(t, t.targets[loads[i].target], i, silent));
    if (limit.kind > worst.kind) worst = std::move(limit);
  }
  return worst;
}

}  // namespace rampart::correlator
