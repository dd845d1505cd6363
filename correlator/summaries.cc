#include "correlator/summaries.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>

#include "correlator/availability.h"
#include "correlator/baseline.h"
#include "correlator/client_limit.h"
#include "correlator/offered_rate.h"

namespace rampart::correlator {
namespace {

base::Nanos from_ms(double ms) { return base::from_seconds(ms / 1e3); }

// First start to last end of the load's seconds.
std::pair<base::MonoTime, base::MonoTime> span_of(const model::Evidence& e, std::uint32_t load) {
  std::pair<base::MonoTime, base::MonoTime> span;
  bool first = true;
  for (const auto& s : e.load) {
    if (s.load != load) continue;
    span.first = first ? s.start : std::min(span.first, s.start);
    span.second = first ? s.start + s.length : std::max(span.second, s.start + s.length);
    first = false;
  }
  return span;
}

model::ProbePhases median_phases(const std::vector<const model::ProbeResult*>& results) {
  const auto of = [&](base::Nanos model::ProbePhases::* phase) {
    std::vector<double> values;
    for (const auto* r : results) values.push_back(base::millis(r->phases.*phase));
    return from_ms(median(std::move(values)));
  };
  using P = model::ProbePhases;
  return {of(&P::resolve), of(&P::connect), of(&P::tls), of(&P::processing), of(&P::transfer)};
}

// How often each reason came, and the first detail of each.
class Failures {
 public:
  void add(model::ProbeReason reason, const std::string& detail) {
    auto& failure = failures_[model::to_string(reason)];
    if (failure.count++ == 0) failure.first = detail;
  }
  // Into an empty list and text.
  void tell(std::vector<std::pair<std::string, std::uint64_t>>& reasons, std::string& why) const {
    for (const auto& [reason, failure] : failures_) reasons.emplace_back(reason, failure.count);
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (!reasons.empty()) why = failures_.find(reasons.front().first)->second.first;
  }

 private:
  struct Failure {
    std::uint64_t count = 0;
    std::string first;
  };
  std::map<std::string_view, Failure> failures_;
};

}  // namespace

std::vector<model::LoadSummary> summarise_loads(const model::Evidence& e) {
  std::vector<model::LoadSummary> list;
  for (std::uint32_t i = 0; i < e.plan.loads.size() && i < e.load_totals.size(); ++i) {
    const auto& spec = e.plan.loads[i];
    const auto& total = e.load_totals[i];
    auto& s = list.emplace_back();
    s.name = spec.name;
    s.protocol = model::to_string(spec.protocol);
    s.target = e.plan.targets[spec.target].name;
    s.counters = total.counters;
    s.in_flight = total.in_flight;
    s.oldest_in_flight = total.oldest_in_flight;
    const auto [start, end] = span_of(e, i);
    const double length = base::seconds(end - start);
    // The schedule's own time: without that in which the last answers were awaited.
    const auto length_asked = std::min<base::Nanos>(end - start, spec.arrival.duration);
    if (length_asked > base::Nanos(0) && spec.arrival.model == model::Arrival::Model::open) {
      const double due = scheduled(spec.arrival) ? asked(spec.arrival, base::Nanos(0), length_asked)
                                                 : static_cast<double>(total.counters.offered);
      s.asked_rate = due / base::seconds(length_asked);
    }
    if (length > 0) s.rate = static_cast<double>(total.counters.completed) / length;
    if (length > 0 && !total.steps.empty())
      s.flow_rate = static_cast<double>(total.steps.back().counters.completed) / length;
    s.latency = model::Percentiles::of(total.latency);
    s.service = model::Percentiles::of(total.service);
    s.tls = total.tls;
    s.histogram = base::encode_hdr_v2_base64(total.latency);
    for (std::size_t step = 0; step < total.steps.size(); ++step) {
      const auto& from = total.steps[step];
      const auto ended = from.counters.completed + from.counters.failed;
      s.steps.push_back(
          {.name = spec.steps[step].name,
           .counters = from.counters,
           .in_flight = from.counters.started - std::min(ended, from.counters.started),
           .latency = model::Percentiles::of(from.latency),
           .service = model::Percentiles::of(from.service)});
    }
  }
  return list;
}

model::ClientSummary summarise_client(const model::Evidence& e) {
  model::ClientSummary s;
  struct Sum {
    double busy = 0, cpu = 0, length = 0;
  };
  std::map<std::uint32_t, Sum> workers;
  for (const auto& c : e.client) {
    auto& w = workers[c.worker];
    w.busy += base::seconds(c.busy);
    w.cpu += base::seconds(c.cpu);
    w.length += base::seconds(c.length);
  }
  for (const auto& [worker, w] : workers) {
    if (w.length <= 0) continue;
    s.cpu_percent += 100 * w.cpu / w.length;
    s.busy_percent = std::max(s.busy_percent, 100 * w.busy / w.length);
  }
  s.loop_lag_p99 = e.client_total.loop_lag.at(99);
  s.schedule_lag_p99 = e.client_total.schedule_lag.at(99);
  s.schedule_lag_max = e.client_total.schedule_lag.max();
  s.steal_percent = steal_percent(e);
  return s;
}

std::vector<model::ProbeSummary> summarise_probes(const model::Evidence& e) {
  std::vector<model::ProbeSummary> list;
  for (std::uint32_t i = 0; i < e.plan.probes.size(); ++i) {
    const auto& spec = e.plan.probes[i];
    auto& s = list.emplace_back();
    s.name = spec.name;
    s.module = spec.module.name;
    s.target = e.plan.targets[spec.target].name;
    base::Histogram durations;
    std::vector<const model::ProbeResult*> succeeded;
    Failures failures;
    for (const auto& r : e.probes) {
      // What the prober could not send says nothing about the target.
      if (r.probe != i || r.reason == model::ProbeReason::local ||
          r.reason == model::ProbeReason::not_permitted)
        continue;
      ++s.sent;
      durations.record(r.duration);
      if (r.success)
        succeeded.push_back(&r);
      else
        failures.add(r.reason, r.detail);
    }
    s.succeeded = succeeded.size();
    if (s.sent > 0) s.availability = static_cast<double>(s.succeeded) / static_cast<double>(s.sent);
    s.ci95 = wilson(s.succeeded, s.sent);
    s.duration = model::Percentiles::of(durations);
    s.phases = median_phases(succeeded);
    failures.tell(s.reasons, s.why);
  }
  return list;
}

namespace {

// Of a source that was read every time, and gave no series at all.
std::string nothing_recorded(const model::ScrapeSpec& spec) {
  const std::string_view named = spec.keep.empty() ? "the usual metrics" : "the metrics of keep";
  if (spec.source == model::ScrapeSpec::Source::page)
    return fmt::format("the page has none of {}, so nothing is recorded", named);
  return spec.select.empty()
             ? fmt::format("the server stored none of {}, so nothing is recorded", named)
             : fmt::format("nothing that the server stored matches select and is one of {}", named);
}

}  // namespace

std::vector<model::UpSummary> summarise_up(const model::Evidence& e) {
  std::vector<model::UpSummary> list;
  for (const auto& spec : e.plan.scrapes) list.emplace_back().name = spec.name;
  std::vector<Failures> failures(list.size());
  std::vector<std::string> remarks(list.size());
  for (const auto& r : e.scrapes) {
    auto& up = list[r.scrape];
    // What the prober missed by its own trouble says nothing about the page.
    if (r.reason != model::ProbeReason::local) ++up.scrapes;
    if (!r.up) {
      failures[r.scrape].add(r.reason, r.detail);
      continue;
    }
    ++up.succeeded;
    if (remarks[r.scrape].empty()) remarks[r.scrape] = r.detail;
  }
  // Evidence may hold only part of the samples: they were counted when they were written.
  for (std::size_t i = 0; i < std::min(list.size(), e.page_totals.size()); ++i) {
    list[i].series = e.page_totals[i].series;
    list[i].gone = e.page_totals[i].gone;
    if (remarks[i].empty() && list[i].succeeded > 0 && list[i].series == 0)
      remarks[i] = nothing_recorded(e.plan.scrapes[i]);
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    failures[i].tell(list[i].reasons, list[i].why);
    if (list[i].reasons.empty()) list[i].why = std::move(remarks[i]);
  }
  return list;
}

model::WireSummary summarise_wire(const model::Evidence& e) {
  model::WireSummary s;
  s.captured = e.wire_captured;
  s.totals = e.wire_totals;
  if (s.totals.packets == 0) {  // a run without a stop: what the seconds add up to
    for (const auto& w : e.wire) {
      s.totals.packets += w.packets;
      s.totals.bytes += w.bytes;
      s.totals.dropped_kernel += w.dropped_kernel;
      s.totals.dropped_interface += w.dropped_interface;
      s.totals.flows += w.flows_opened;
    }
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, model::DetectionCount> counts;
  for (const auto& d : e.detections) {
    if (!is_alert(d)) continue;
    auto& c = counts[{d.gid, d.sid}];
    c.gid = d.gid;
    c.sid = d.sid;
    c.msg = d.msg;
    ++c.count;
  }
  for (const auto& [rule, c] : counts) s.detections.push_back(c);
  std::stable_sort(s.detections.begin(), s.detections.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return s;
}

model::CanarySummary summarise_canaries(const Timeline& t) {
  constexpr auto kPatience = std::chrono::seconds(10);
  // Capture and sending are stamped by two clocks; what was seen may seem to come first.
  constexpr auto kSkew = std::chrono::milliseconds(50);
  struct Sent {
    base::Nanos at;
    std::optional<base::Nanos> delay;  // to the first alert
  };
  std::map<std::uint32_t, std::vector<Sent>> sent;  // by sid, by time
  for (const auto& canary : t.evidence.canaries)
    if (canary.delivered) sent[canary.sid].push_back({t.align.at(canary.at), std::nullopt});
  for (auto& [sid, list] : sent)
    std::stable_sort(list.begin(), list.end(),
                     [](const Sent& a, const Sent& b) { return a.at < b.at; });
  for (const auto& d : t.evidence.detections) {
    const auto of_sid = sent.find(d.sid);
    if (d.owner != model::Owner::canary || of_sid == sent.end()) continue;
    // An alert is of the last canary before it: one that was missed takes no other's.
    const auto at = t.align.at(d.at);
    auto& list = of_sid->second;
    const auto next = std::upper_bound(list.begin(), list.end(), at + kSkew,
                                       [](base::Nanos a, const Sent& b) { return a < b.at; });
    if (next == list.begin() || at - std::prev(next)->at > kPatience) continue;
    auto& delay = std::prev(next)->delay;
    const auto seen = std::max<base::Nanos>(at - std::prev(next)->at, base::Nanos(0));
    delay = delay ? std::min(*delay, seen) : seen;
  }
  model::CanarySummary s;
  base::Histogram delays;
  for (const auto& [sid, list] : sent)
    for (const auto& canary : list) {
      ++s.sent;
      if (!canary.delay) continue;
      ++s.seen;
      delays.record(*canary.delay);
    }
  if (s.sent > 0) s.recall = static_cast<double>(s.seen) / static_cast<double>(s.sent);
  s.ci95 = wilson(s.seen, s.sent);
  s.delay = model::Percentiles::of(delays);
  return s;
}

}  // namespace rampart::correlator
