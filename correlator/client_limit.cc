#include "correlator/client_limit.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "base/percent.h"
#include "base/units.h"
#include "correlator/pool_limit.h"

namespace rampart::correlator {
namespace {

using model::LoadError;

constexpr base::Nanos kLate = std::chrono::milliseconds(10);
constexpr base::Nanos kWhole = std::chrono::milliseconds(500);
constexpr double kBusy = 0.95;
constexpr std::uint64_t kFewLagged = 100;
constexpr std::uint64_t kFewLocal = 10;
constexpr double kLocalShare = 0.01;    // of the requests
constexpr double kUnopenedShare = 0.1;  // of the connections tried
constexpr double kNamedShare = 0.01;
constexpr double kShort = 0.05;       // of the arrivals
constexpr double kPricedRate = 1000;  // requests per second of a load thread
constexpr double kBeyond = 2;
constexpr double kBlockedShare = 0.1;
constexpr double kStealPercent = 5;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool busy(const model::ClientSecond& c) {
  return c.length.count() > 0 && base::seconds(c.busy) >= kBusy * base::seconds(c.length);
}
bool late(const model::ClientSecond& c) { return c.schedule_lag_p99 > kLate; }

// Shares of the seconds of the worker where it is worst, and its longest row of them.
struct Pressed {
  double share = 0;
  std::size_t longest = 0;
  [[nodiscard]] bool sustained() const { return longest >= 3 || share >= 0.2; }
};

template <class Is>
Pressed pressed(const Timeline& t, const std::vector<model::TimeSpan>& silent, Is is) {
  struct Count {
    std::size_t all = 0, hit = 0, row = 0, longest = 0;
  };
  std::map<std::uint32_t, Count> workers;
  for (const auto& c : t.evidence.client) {
    if (c.length < kWhole) continue;  // the rest of a run, or one too short to tell
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
    worst.share = std::max(worst.share, share(w.hit, w.all));
    worst.longest = std::max(worst.longest, w.longest);
  }
  return worst;
}

// Of the open loads: arrivals by the plan, and those that never left or were yet to leave at the
// end.
struct Sent {
  bool any = false;
  double arrivals = 0, left_behind = 0;
};

Sent sent(const Timeline& t) {
  Sent s;
  for (const auto& spec : t.plan().loads)
    s.any = s.any || spec.arrival.model == model::Arrival::Model::open;
  for (const auto& view : t.targets)
    for (const auto& sight : view.load) {
      if (!sight.open) continue;
      s.arrivals += sight.arrivals;
      // A flow's steps after the first are offered when they are sent.
      const auto& c = sight.second->counters;
      s.left_behind += static_cast<double>(c.offered) - static_cast<double>(c.started);
    }
  return s;
}

model::LoadCounters all_counters(const model::Evidence& e) {
  model::LoadCounters all;
  for (const auto& total : e.load_totals) all += total.counters;
  return all;
}

// The resource of this host that was missed most often.
struct Local {
  std::uint64_t errors = 0;  // of all three kinds
  double requests = 0;       // share of them that failed so
  double unopened = 0;       // connections that failed so, as far as is known
  double connections = 0;    // share of those tried
  ClientLimit limit;
};

Local local_trouble(const model::LoadCounters& c) {
  struct Kind {
    LoadError error;
    const char* name;
    const char* lack;
    const char* remedy;
  };
  constexpr std::array<Kind, 3> kKinds = {{
      {LoadError::no_ports, "ports", "local port",
       "keep connections alive, add sources or widen net.ipv4.ip_local_port_range"},
      {LoadError::no_descriptors, "fds", "file descriptor",
       "raise the limit (ulimit -n) or use fewer connections"},
      {LoadError::local, "local", "memory, buffer or permission on this host",
       "look at memory and socket buffers"},
  }};
  Local out;
  out.errors = c.error(model::ErrorClass::local);
  out.requests = share(out.errors, c.started);
  // Connections that carried no request leave no reason behind: it is taken from those that did.
  const auto told = out.errors + c.error(model::ErrorClass::connect) +
                    c.error(model::ErrorClass::tls) + c.error(LoadError::connect_timeout);
  out.unopened = share(out.errors, told) * static_cast<double>(c.connect_failures);
  out.connections =
      share(out.errors, told) * share(c.connect_failures, c.connects + c.connect_failures);
  const auto* worst = &*std::max_element(
      kKinds.begin(), kKinds.end(),
      [&](const Kind& a, const Kind& b) { return c.error(a.error) < c.error(b.error); });
  out.limit.name = worst->name;
  out.limit.reason = fmt::format(
      "{} requests ({}) and {:.0f} % of the connections tried found no free {}: {}; see "
      "rampart doctor",
      out.errors, base::format_percent(out.requests), 100 * out.connections, worst->lack,
      worst->remedy);
  return out;
}

// Empty where the workers kept up.
ClientLimit cpu_limit(const Timeline& t, const std::vector<model::TimeSpan>& silent,
                      const Sent& s) {
  const auto cpu = [](std::string reason) { return ClientLimit{"cpu", std::move(reason), true}; };
  const auto busy_seconds = pressed(t, silent, busy);
  if (!s.any) {
    if (busy_seconds.share <= 0.5) return {};
    return cpu(
        fmt::format("the busiest worker had no time left in {:.0f} % of the run, so the client "
                    "set the rate: use more workers (-t) or another host",
                    100 * busy_seconds.share));
  }
  const auto& lag = t.evidence.client_total.schedule_lag;
  const auto late_seconds = pressed(t, silent, late);
  const bool sustained_late = t.evidence.client.empty() || late_seconds.sustained();
  if (lag.count() >= kFewLagged && lag.at(99) > kLate && sustained_late)
    return cpu(
        fmt::format("requests left {} late (p99) although a connection stood idle: lower the "
                    "rate, use more workers or another host",
                    base::format_duration(lag.at(99))));
  const bool short_of = s.left_behind > kShort * s.arrivals;
  if (busy_seconds.sustained() && (short_of || late_seconds.longest >= 3))
    return cpu(
        fmt::format("a worker had no time left in {:.0f} % of the run and {} of {} requests left: "
                    "lower the rate, use more workers or another host",
                    100 * busy_seconds.share, base::format_count(s.arrivals - s.left_behind),
                    base::format_count(s.arrivals)));
  return {};
}

// A rate for which the load threads would not have been enough, whatever the server does: at the
// CPU time that a request took them, twice as many and more would have been needed. Judged where
// there were requests enough to tell: their price falls with their number.
ClientLimit rate_limit(const Timeline& t, const Sent& s) {
  double cpu = 0;
  double length = 0;
  std::map<std::uint32_t, bool> workers;
  for (const auto& c : t.evidence.client) {
    cpu += base::seconds(c.cpu);
    length += base::seconds(c.length);
    workers[c.worker] = true;
  }
  const auto started = static_cast<double>(all_counters(t.evidence).started);
  if (started < kPricedRate * length || s.left_behind <= kShort * s.arrivals) return {};
  const double price = cpu / started;
  Pressed beyond;
  std::size_t all = 0, hit = 0, row = 0;
  double most = 0;
  for (const auto& view : t.targets)
    for (const auto& sight : view.load) {
      if (!sight.open || sight.span.to <= sight.span.from) continue;
      const double rate = sight.asked / base::seconds(sight.span.to - sight.span.from);
      const bool is = rate * price > kBeyond * static_cast<double>(workers.size());
      ++all;
      row = is ? row + 1 : 0;
      if (is) ++hit;
      if (is) most = std::max(most, rate);
      beyond.longest = std::max(beyond.longest, row);
    }
  beyond.share = share(hit, all);
  if (!beyond.sustained()) return {};
  return {"cpu",
          fmt::format("a request took {} of a load thread, so that {}/s need {:.0f} of them, and "
                      "there {} {}: lower the rate, use more workers (-t) or another host",
                      base::format_duration(base::from_seconds(price)), base::format_count(most),
                      std::ceil(most * price), workers.size() == 1 ? "is" : "are", workers.size()),
          true};
}

ClientLimit named_limit(const Timeline& t, const Sent& s, const model::LoadCounters& c,
                        const PoolLimit& pool) {
  if (pool.kind == PoolLimit::Kind::server_streams) return {"server pushback", pool.reason, false};
  if (share(c.pushed_back, c.started) > kNamedShare)
    return {"server pushback",
            fmt::format("the server refused {} requests unseen, and they were sent again: it takes "
                        "fewer streams than asked",
                        c.pushed_back),
            false};
  double starved = 0;
  for (const auto& second : t.evidence.client) starved += static_cast<double>(second.starved);
  if (s.any && s.arrivals > 0 && starved > kNamedShare * s.arrivals) {
    const double waited = std::min(1.0, (starved + s.left_behind) / s.arrivals);
    auto reason = fmt::format(
        "the client had time left, but {:.0f} % of the requests came due while "
        "every connection was busy; latency counts that wait",
        100 * waited);
    if (!pool.reason.empty()) reason += "; " + pool.reason;
    return {"connections", std::move(reason), false};
  }
  if (share(c.send_blocked, c.started) > kBlockedShare)
    return {"send buffer",
            fmt::format("{:.0f} % of the requests waited for room in the socket's send buffer: the "
                        "peer reads slower than they are sent, or net.ipv4.tcp_wmem is small",
                        100 * share(c.send_blocked, c.started)),
            false};
  auto few = local_trouble(c);
  return few.errors > 0 ? few.limit : ClientLimit{};
}

}  // namespace

ClientLimit find_local_limit(const model::Evidence& e) {
  auto local = local_trouble(all_counters(e));
  const bool requests = local.errors >= kFewLocal && local.requests > kLocalShare;
  const bool connections =
      local.unopened >= static_cast<double>(kFewLocal) && local.connections > kUnopenedShare;
  local.limit.spoils = requests || connections;
  return local.limit.spoils ? local.limit : ClientLimit{};
}

ClientLimit find_client_limit(const Timeline& t, const std::vector<model::TimeSpan>& silent) {
  if (t.plan().loads.empty()) return {};
  if (auto local = find_local_limit(t.evidence); local.spoils) return local;
  const auto s = sent(t);
  if (auto cpu = cpu_limit(t, silent, s); cpu.spoils) return cpu;
  if (auto cpu = rate_limit(t, s); cpu.spoils) return cpu;
  auto pool = find_pool_limit(t, silent);
  if (pool.kind == PoolLimit::Kind::too_small) return {"connections", pool.reason, false};
  return named_limit(t, s, all_counters(t.evidence), pool);
}

double steal_percent(const model::Evidence& e) {
  double stolen = 0;
  double length = 0;
  for (const auto& c : e.client) {
    if (c.worker != 0) continue;
    stolen += base::seconds(c.steal);
    length += base::seconds(c.length);
  }
  return length > 0 ? 100 * stolen / length : 0;
}

std::string steal_text(const model::Evidence& e) {
  const double percent = steal_percent(e);
  if (percent < kStealPercent) return {};
  return fmt::format("; the hypervisor took {:.0f} % of the CPU time from this host", percent);
}

std::vector<model::TimeSpan> client_at_limit(const Timeline& t) {
  std::vector<model::TimeSpan> spans;
  for (const auto& c : t.evidence.client) {
    if (!busy(c) && !late(c)) continue;
    const auto from = t.align.at(c.start);
    spans.push_back({from, from + c.length});
  }
  return spans;
}

}  // namespace rampart::correlator
