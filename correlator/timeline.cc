#include "correlator/timeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "correlator/offered_rate.h"
#include "correlator/symptoms.h"
#include "model/series.h"
#include "model/service_map.h"

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

bool is_word(const model::SeriesSample& sample) {
  return !sample.gone && (sample.value == 0 || sample.value == 1);
}

// Whether the service runs by its own word.
class ServiceWord {
 public:
  void hear(const model::SeriesSample& sample) {
    doubted_ |= said_ && *said_ != (sample.value == 1);
    said_ = sample.value == 1;
    metric_ = model::metric_of(sample.series);
  }
  // Nothing where nothing is said, and where two say different things.
  [[nodiscard]] std::optional<bool> said() const { return doubted_ ? std::nullopt : said_; }
  [[nodiscard]] std::string_view metric() const { return said() ? metric_ : std::string_view{}; }

 private:
  std::optional<bool> said_;
  bool doubted_ = false;
  std::string_view metric_;  // of the last sample
};

ServiceWord service_word(const model::ScrapeSpec& spec, const model::ScrapeResult& result) {
  ServiceWord word;
  for (const auto& sample : result.samples)
    if (is_word(sample) && model::is_service_metric(spec, model::metric_of(sample.series)))
      word.hear(sample);
  return word;
}

// What a Prometheus server sampled at one time of one of the pages that it scrapes.
struct StoredPage {
  std::optional<bool> up;
  ServiceWord word;
};
using PageKey = std::pair<std::string, std::string>;  // instance, job
using StoredPages = std::map<PageKey, StoredPage>;

PageKey page_of(const model::SeriesSample& sample) {
  return {model::label_of(sample.series, "instance").value_or(""),
          model::label_of(sample.series, "job").value_or("")};
}

// What exporters of probes looked at: `up` there is theirs, not the service's. Also while they are
// down and say no probe_success.
std::set<PageKey> pages_of_probes(const model::Evidence& evidence) {
  std::set<PageKey> out;
  for (const auto& result : evidence.scrapes)
    if (evidence.plan.scrapes[result.scrape].source == model::ScrapeSpec::Source::prometheus)
      for (const auto& sample : result.samples)
        if (model::metric_of(sample.series) == "probe_success") out.insert(page_of(sample));
  return out;
}

StoredPages stored_pages(const model::ScrapeSpec& spec, const model::ScrapeResult& result) {
  StoredPages pages;
  for (const auto& sample : result.samples) {
    const auto metric = model::metric_of(sample.series);
    const bool up = metric == "up";
    const bool word = model::is_service_metric(spec, metric);
    if (!is_word(sample) || !(up || word)) continue;
    auto& page = pages[page_of(sample)];
    if (up) page.up = sample.value == 1;
    if (word) page.word.hear(sample);
  }
  return pages;
}

// A server that cannot be asked says nothing of the exporters.
void place_stored(Timeline& t, const model::ScrapeResult& result,
                  const std::set<PageKey>& of_probes) {
  const auto& spec = t.plan().scrapes[result.scrape];
  const auto at = t.align.at(result.start);
  for (auto& [key, page] : stored_pages(spec, result)) {
    const auto target = model::target_of_instance(t.plan(), spec, key.first);
    if (!target || !page.up || of_probes.contains(key)) continue;
    t.targets[*target].scrapes.push_back({{at - spec.interval, at},
                                          &result,
                                          *page.up,
                                          page.word.said(),
                                          page.word.metric(),
                                          key.second + ' ' + key.first});
  }
}

void place_scrapes(Timeline& t) {
  const auto& plan = t.plan();
  const auto of_probes = pages_of_probes(t.evidence);
  for (const auto& result : t.evidence.scrapes) {
    if (result.reason == model::ProbeReason::local) continue;  // says nothing of the page
    const auto& spec = plan.scrapes[result.scrape];
    if (spec.source == model::ScrapeSpec::Source::prometheus) {
      place_stored(t, result, of_probes);
      continue;
    }
    const auto target = model::target_of_page(plan, spec);
    if (!target) continue;
    const auto from = t.align.at(result.start);
    const auto word = service_word(spec, result);
    t.targets[*target].scrapes.push_back(
        {{from, from + result.duration}, &result, result.up, word.said(), word.metric(), {}});
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

std::string name_of(const Timeline& timeline, const ScrapeSight& sight) {
  auto name = timeline.plan().scrapes[sight.result->scrape].name;
  return sight.page.empty() ? name : name + ' ' + sight.page;
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
