#include "correlator/symptoms.h"

#include <algorithm>
#include <map>

namespace rampart::correlator {
namespace {

using model::ErrorClass;
using model::LoadError;
using model::ProbeReason;

Symptom symptom_of(const model::ProbeResult& r, model::ProbeModule::Kind kind) {
  switch (r.reason) {
    case ProbeReason::connect_refused: return Symptom::refused;
    case ProbeReason::connect_timeout:
    case ProbeReason::unreachable: return Symptom::no_connect;
    case ProbeReason::timeout_first_byte:
    case ProbeReason::timeout_transfer:
      return kind == model::ProbeModule::Kind::icmp ? Symptom::no_connect : Symptom::silent;
    case ProbeReason::http_status: return r.status >= 500 ? Symptom::http_5xx : Symptom::other;
    case ProbeReason::resolve_failed:
    case ProbeReason::dns_nxdomain:
    case ProbeReason::dns_timeout:
    case ProbeReason::dns_failure: return Symptom::dns;
    case ProbeReason::tls_expired: return Symptom::tls_expired;
    case ProbeReason::tls_name_mismatch: return Symptom::tls_mismatch;
    default: return Symptom::other;
  }
}

void mark_probes(const model::Plan& plan, TargetView& view) {
  std::map<std::uint32_t, std::vector<double>> durations;
  for (const auto& p : view.probes)
    if (p.result->success) durations[p.result->probe].push_back(base::millis(p.result->duration));
  std::map<std::uint32_t, double> limits;
  for (auto& [probe, values] : durations) {
    const auto base = baseline_of(std::move(values));
    if (!base.known()) continue;
    view.probe_base_ms[probe] = base.level;
    limits[probe] = base.limit(slow_floor_ms(plan));
  }
  for (auto& p : view.probes) {
    if (!p.result->success) {
      p.symptom = symptom_of(*p.result, p.kind);
      continue;
    }
    const auto limit = limits.find(p.result->probe);
    if (limit != limits.end() && base::millis(p.result->duration) > limit->second)
      p.symptom = Symptom::slow;
  }
}

// At least three, and at least `share` of all that ended.
bool many(std::uint64_t count, double ended, double share) {
  return count >= 3 && static_cast<double>(count) >= share * ended;
}

struct LoadBase {
  Baseline service;
  double limit = 0;
  double typical = 0;  // completed per second
};

std::optional<Symptom> symptom_of(const LoadSight& s, const LoadBase& base) {
  const auto& c = s.second->counters;
  const double length = base::seconds(s.second->length);
  if (many(c.error(ErrorClass::connect), s.ended, 0.3)) return Symptom::refused;
  if (many(c.error(LoadError::tls_expired), s.ended, 0.05)) return Symptom::tls_expired;
  if (many(c.error(LoadError::tls_name_mismatch), s.ended, 0.05)) return Symptom::tls_mismatch;
  if (many(c.error(ErrorClass::http_5xx), s.ended, 0.05)) return Symptom::http_5xx;
  if (s.paced) return many(s.failed, s.ended, 0.05) ? std::optional(Symptom::other) : std::nullopt;
  // Requests are open, some should have been answered by now, and none was.
  if (length >= 0.5 && s.due >= 3 && c.completed == 0 && s.second->in_flight > 0 &&
      c.failed == c.error(ErrorClass::timeout))
    return Symptom::silent;
  if (many(c.error(ErrorClass::timeout), s.ended, 0.05)) return Symptom::slow;
  const auto broken = c.error(ErrorClass::reset) + c.error(ErrorClass::protocol) +
                      c.error(ErrorClass::tls) + c.error(ErrorClass::http_4xx) +
                      c.error(ErrorClass::expectation);
  if (many(broken, s.ended, 0.05)) return Symptom::other;
  if (!base.service.known() || s.second->service.count < 3) return std::nullopt;
  if (s.service_ms() > base.limit) return Symptom::slow;
  const bool behind = s.asked >= 5 && s.ended < 0.9 * s.asked;
  if (behind && s.service_ms() > 3 * base.service.level) return Symptom::slow;
  return std::nullopt;
}

void mark_load(const model::Plan& plan, TargetView& view) {
  struct Series {
    std::vector<double> service, completed;
  };
  std::map<std::uint32_t, Series> series;
  for (const auto& s : view.load) {
    auto& of = series[s.second->load];
    if (s.second->service.count >= 5) of.service.push_back(s.service_ms());
    const double length = base::seconds(s.second->length);
    if (s.second->counters.completed > 0 && length >= 0.5)
      of.completed.push_back(static_cast<double>(s.second->counters.completed) / length);
  }
  std::map<std::uint32_t, LoadBase> bases;
  for (auto& [load, of] : series) {
    auto& b = bases[load];
    b.service = baseline_of(std::move(of.service));
    b.limit = b.service.limit(slow_floor_ms(plan));
    b.typical = median(std::move(of.completed));
  }
  for (auto& s : view.load) {
    const auto& b = bases[s.second->load];
    const double typical = b.typical * base::seconds(s.second->length);
    s.due = s.paced ? 0 : !s.open ? typical : b.typical > 0 ? std::min(typical, s.asked) : s.asked;
    s.base_ms = b.service.known() ? b.service.level : 0;
    s.symptom = symptom_of(s, b);
  }
}

// Of what the load completes in a typical second, the share that it completed during the span.
// Nothing where no load of note ran then.
std::optional<double> served_share(const TargetView& view, const model::TimeSpan& span) {
  double due = 0;
  double completed = 0;
  for (const auto& s : view.load) {
    const double length = base::seconds(s.second->length);
    if (s.due < 3 || length <= 0) continue;
    const double shared = base::seconds(overlap(s.span, span));
    due += s.due * shared / length;
    completed += static_cast<double>(s.second->counters.completed) * shared / length;
  }
  if (due < 1) return std::nullopt;
  return completed / due;
}

}  // namespace

double slow_floor_ms(const model::Plan& plan) {
  double floor = 50;
  for (const auto& objective : plan.objectives.latency)
    floor = std::min(floor, base::millis(objective.below));
  return std::max(floor, 10.0);
}

void find_symptoms(const model::Plan& plan, TargetView& view) {
  mark_probes(plan, view);
  mark_load(plan, view);
  // A probe that got no answer in time while the load was being answered met a slow service, not a
  // silent one.
  for (auto& p : view.probes)
    if (p.symptom == Symptom::silent && served_share(view, p.span).value_or(0) >= 0.3)
      p.symptom = Symptom::slow;
}

}  // namespace rampart::correlator
