#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "correlator/rules.h"

namespace rampart::correlator {
namespace {

constexpr std::array kRules = {judge_overload,     judge_process_down, judge_hang,
                               judge_slow,         judge_http_5xx,     judge_tls_expired,
                               judge_tls_mismatch, judge_dns,          judge_blackhole,
                               judge_reject,       judge_syn_flood,    judge_signature};
constexpr double kEnough = 0.5;  // below it a cause is ruled out
constexpr double kApart = 0.06;  // nearer than this to the best one, neither is named

// Two observations are thin; from six on the count no longer matters.
double weight_of(const Episode& e) {
  const auto count = static_cast<double>(std::min<std::size_t>(e.probe_marks + e.load_marks, 6));
  return 0.76 + 0.04 * count;
}

// Slow answers at a time at which this host could not even keep its own schedule say nothing about
// the service.
bool measured_in_vain(const Facts& f) {
  return f.episode.symptom == Symptom::slow &&
         f.client_lag_ms > 0.3 * std::max(f.probe_ms, f.service_ms);
}

// Why most of the probes failed that failed: " (20 of 20 probes: tls_untrusted, self-signed
// certificate)".
std::string leading_reason(const Facts& f) {
  if (f.episode.symptom != Symptom::other || f.reasons.empty()) return "";
  const auto& most = f.reasons.front();
  if (2 * most.count < f.service.all - f.service.succeeded) return "";
  return fmt::format(" ({} of {} probes: {}{}{})", most.count, f.service.all,
                     model::to_string(most.reason), most.detail.empty() ? "" : ", ", most.detail);
}

// The load's most frequent error, where it is most of what failed: " (100 % of the requests ended
// as tls_untrusted)".
std::string leading_error(const Facts& f) {
  const auto most = std::max_element(f.share.begin(), f.share.end());
  const double all = std::accumulate(f.share.begin(), f.share.end(), 0.0);
  if (f.episode.symptom != Symptom::other || all <= 0 || *most < 0.5 * all) return "";
  const auto error = static_cast<model::LoadError>(most - f.share.begin());
  return fmt::format(" ({:.0f} % of the requests ended as {})", 100 * *most,
                     model::to_string(error));
}

Opinion unknown(const Facts& f, const Opinion& first, const Opinion& second) {
  Opinion o{.cause = model::Cause::unknown, .actor = model::Actor::unknown};
  if (measured_in_vain(f)) {
    o.state = model::State::unknown;
    o.score = 0.4;
    o.summary = "this host stalled, so that slow answers say nothing about the service";
    return o;
  }
  const bool none_served = f.service.all > 0 ? f.service.all >= 2 && f.service.succeeded == 0
                                             : f.ended > 0 && f.completed <= 0;
  o.state = none_served ? model::State::down : model::State::degraded;
  o.score = 0.4;
  o.summary = first.score >= kEnough
                  ? fmt::format("{}: {} and {} fit equally well", to_string(f.episode.symptom),
                                model::to_string(first.cause), model::to_string(second.cause))
                  : fmt::format("{}{}{}: the evidence does not single out a cause",
                                to_string(f.episode.symptom), leading_reason(f), leading_error(f));
  return o;
}

}  // namespace

model::Verdict judge(const Facts& f) {
  std::vector<Opinion> opinions;
  for (const auto& rule : kRules) opinions.push_back(rule(f));
  for (auto& opinion : judge_other_attacks(f)) opinions.push_back(std::move(opinion));
  std::stable_sort(opinions.begin(), opinions.end(),
                   [](const Opinion& a, const Opinion& b) { return a.score > b.score; });
  const auto& first = opinions[0];
  const auto& second = opinions[1];
  const bool close = first.score - second.score < kApart && second.score >= kEnough;
  const bool named = first.score >= kEnough && !close;
  const Opinion cause = named ? first : unknown(f, first, second);

  model::Verdict v;
  v.target = f.view->name;
  v.state = cause.state;
  v.cause = cause.cause;
  v.impact = v.state == model::State::unknown ? model::Impact::none : model::Impact::degrading;
  v.actor = cause.actor;
  v.confidence = std::clamp(cause.score * weight_of(f.episode), 0.05, 0.99);
  v.window = {std::clamp(f.episode.window.from, base::Nanos(0), f.timeline->end),
              std::clamp(f.episode.window.to, base::Nanos(0), f.timeline->end)};
  v.summary = cause.summary;
  v.evidence = evidence_of(f);
  for (const auto& o : opinions)
    if (o.cause != cause.cause && !o.because.empty()) v.ruled_out.push_back({o.cause, o.because});
  return v;
}

}  // namespace rampart::correlator
