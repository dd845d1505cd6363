#include "correlator/timeline.h"

#include <algorithm>
#include <array>
#include <map>

#include "correlator/offered_rate.h"
#include "correlator/symptoms.h"

namespace rampart::correlator {
namespace {

void place_probes(Timeline& t) {
  const auto& plan = t.plan();
  for (const auto& result : t.evidence.probes) {
    const auto& spec = plan.probes[result.probe];
    auto& view = t.targets[spec.target];
    if (result.reason == model::ProbeReason::local ||
        result.reason == model::ProbeReason::not_permitted) {
      ++view.blind_probes;
      continue;
    }
    const auto from = t.align.at(result.start);
    view.probes.push_back({.span = {from, from + result.duration},
                           .result = &result,
                           .kind = spec.module.kind,
                           .interval = spec.interval,
                           .symptom = {}});
  }
}

// Failures that no slowness of the client makes.
std::uint64_t blamed(const model::LoadCounters& c) {
  using enum model::ErrorClass;
  return c.error(connect) + c.error(tls) + c.error(protocol) + c.error(http_5xx) +
         c.error(expectation);
}

void place_load(Timeline& t) {
  const auto& plan = t.plan();
  std::map<std::uint32_t, model::RunTime> started;  // by load
  for (const auto& second : t.evidence.load) {
    const auto& spec = plan.loads[second.load];
    const auto from = t.align.at(second.start);
    const auto begin = started.try_emplace(second.load, from).first->second;
    LoadSight sight;
    sight.span = {from, from + second.length};
    sight.second = &second;
    sight.open = spec.arrival.model == model::Arrival::Model::open;
    // The plan says what was due; the counter lags behind it while connections are busy.
    if (sight.open) {
      const auto steps = static_cast<double>(std::max<std::size_t>(spec.steps.size(), 1));
      sight.arrivals = scheduled(spec.arrival)
                           ? asked(spec.arrival, from - begin, from - begin + second.length)
                           : static_cast<double>(second.counters.offered) / steps;
      sight.asked = sight.arrivals * steps;
    }
    sight.ended = static_cast<double>(second.counters.completed + second.counters.failed);
    sight.paced = spec.pace.slow();
    sight.failed = sight.paced ? blamed(second.counters) : second.counters.failed;
    t.targets[spec.target].load.push_back(sight);
  }
}

std::string_view name_of(const model::SeriesSample& sample) {
  return std::string_view(sample.series).substr(0, sample.series.find('{'));
}

// What a Prometheus server says of its own scrapes: nothing where it could not be asked or has no
// `up` of these; with several, one that is up will do.
std::optional<bool> up_by_prometheus(const model::ScrapeResult& result) {
  std::optional<bool> up;
  for (const auto& sample : result.samples)
    if (result.up && !sample.gone && name_of(sample) == "up")
      up = up.value_or(false) || sample.value == 1;
  return up;
}

// "nginx_up{...}": a series whose name ends with _up tells the service's own state.
std::optional<bool> service_word(const model::ScrapeResult& result) {
  for (const auto& sample : result.samples) {
    const auto name = name_of(sample);
    if (sample.gone) continue;
    if (name.ends_with("_up") && (sample.value == 0 || sample.value == 1)) return sample.value == 1;
  }
  return std::nullopt;
}

void place_scrapes(Timeline& t) {
  const auto& plan = t.plan();
  for (const auto& result : t.evidence.scrapes) {
    if (result.reason == model::ProbeReason::local) continue;  // says nothing of the page
    const auto target = plan.scrapes[result.scrape].target;
    // A page that belongs to no named service is counted for the only target, if there is one.
    if (!target && t.targets.size() != 1) continue;
    const bool page = plan.scrapes[result.scrape].source == model::ScrapeSpec::Source::page;
    const auto up = page ? std::optional(result.up) : up_by_prometheus(result);
    if (!up) continue;
    const auto from = t.align.at(result.start);
    t.targets[target.value_or(0)].scrapes.push_back(
        {{from, from + result.duration}, &result, *up, service_word(result)});
  }
}

void place_wire(Timeline& t) {
  for (const auto& interval : t.evidence.wire) {
    const auto from = t.align.at(interval.start);
    t.wire.push_back({{from, from + interval.length}, &interval});
  }
}

template <class T>
void by_time(std::vector<T>& sights) {
  std::stable_sort(sights.begin(), sights.end(),
                   [](const T& a, const T& b) { return a.span.from < b.span.from; });
}

}  // namespace

std::string_view to_string(Symptom symptom) {
  constexpr std::array<std::string_view, kSymptoms> kNames = {
      "refused",    "silent",       "not connected", "http 5xx", "certificate expired",
      "wrong name", "not resolved", "failing",       "slow"};
  return kNames[static_cast<std::size_t>(symptom)];
}

base::Nanos overlap(const model::TimeSpan& a, const model::TimeSpan& b) {
  return std::max(base::Nanos(0), std::min(a.to, b.to) - std::max(a.from, b.from));
}

Timeline lay_out(const model::Evidence& evidence) {
  Timeline t{evidence, TimeAlign(evidence.anchors), {}, {}, {}};
  t.end = std::max(base::Nanos(0), t.align.at(evidence.end));
  for (const auto& target : evidence.plan.targets) {
    auto& view = t.targets.emplace_back();
    view.name = target.name;
    view.index = static_cast<std::uint32_t>(t.targets.size() - 1);
    view.probe_base_ms.resize(evidence.plan.probes.size());
  }
  place_probes(t);
  place_load(t);
  place_scrapes(t);
  place_wire(t);
  for (auto& view : t.targets) {
    by_time(view.probes);
    by_time(view.load);
    by_time(view.scrapes);
    find_symptoms(t.plan(), view);
  }
  by_time(t.wire);
  return t;
}

}  // namespace rampart::correlator
