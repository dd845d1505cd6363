#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"
#include "correlator/rules.h"

namespace rampart::correlator {
namespace {

// "web-http" where the target has one probe (load), else the target's own name.
template <class Specs>
std::string name_in(const Specs& specs, const TargetView& view) {
  const std::string* only = nullptr;
  for (const auto& spec : specs) {
    if (spec.target != view.index) continue;
    if (only != nullptr) return view.name;
    only = &spec.name;
  }
  return only != nullptr ? *only : view.name;
}

std::string ms(double v) { return base::format_duration(base::from_seconds(v / 1e3)); }

double percent(std::size_t part, std::size_t all) {
  return 100 * static_cast<double>(part) / static_cast<double>(all);
}

class Items {
 public:
  explicit Items(const Facts& f) : window_(f.episode.window) {}

  void add(std::string series, double value, std::string unit, std::string expected) {
    list_.push_back({std::move(series), window_, value, std::move(unit), std::move(expected)});
  }
  std::vector<model::EvidenceItem> take() { return std::move(list_); }

 private:
  model::TimeSpan window_;
  std::vector<model::EvidenceItem> list_;
};

void add_probes(Items& items, const Facts& f) {
  const auto name = "probe " + name_in(f.timeline->plan().probes, *f.view);
  if (f.service.all > 0)
    items.add(name + " success", percent(f.service.succeeded, f.service.all), "%", "100 %");
  for (std::size_t i = 0; i < kSymptoms; ++i)
    if (f.service.by[i] > 0 && static_cast<Symptom>(i) != Symptom::other)
      items.add(fmt::format("{} {}", name, to_string(static_cast<Symptom>(i))),
                static_cast<double>(f.service.by[i]), "", "0");
  for (const auto& r : f.reasons)
    items.add(fmt::format("{} {}", name, model::to_string(r.reason)), static_cast<double>(r.count),
              "", "0");
  if (f.probe_ms > 0 && f.probe_base_ms > 0)
    items.add(name + " duration", f.probe_ms, "ms",
              fmt::format("{} (baseline)", ms(f.probe_base_ms)));
  if (f.below.all > 0)
    items.add("lower layers of " + f.view->name + " success",
              percent(f.below.succeeded, f.below.all), "%", "100 %");
}

void add_load_errors(Items& items, const Facts& f, const std::string& name) {
  using model::ErrorClass;
  if (f.share_connect > 0) items.add(name + " connect errors", 100 * f.share_connect, "%", "0 %");
  if (f.share_5xx > 0) items.add(name + " http 5xx", 100 * f.share_5xx, "%", "0 %");
  if (f.share_timeout > 0) items.add(name + " timeouts", 100 * f.share_timeout, "%", "0 %");
  for (std::size_t i = 0; i < model::kLoadErrors; ++i) {
    const auto error = static_cast<model::LoadError>(i);
    const auto c = class_of(error);
    if (c == ErrorClass::connect || c == ErrorClass::timeout || c == ErrorClass::http_5xx) continue;
    if (f.share[i] > 0)
      items.add(fmt::format("{} {}", name, to_string(error)), 100 * f.share[i], "%", "0 %");
  }
}

void add_load(Items& items, const Facts& f) {
  const auto name = "load " + name_in(f.timeline->plan().loads, *f.view);
  if (f.paced > 0)
    items.add("requests of slow clients under way", f.paced, "",
              fmt::format("{:.0f} while all was well", f.well_paced));
  add_load_errors(items, f, name);
  if (!f.loaded) return;
  const auto well = f.well_seconds > 0 ? fmt::format("up to {}/s while all was well",
                                                     base::format_count(f.well_completed))
                                       : std::string("no time at which all was well");
  if (f.open)
    items.add(name + " asked at most", f.asked_peak, "/s",
              fmt::format("{}/s was served well", base::format_count(f.well_asked)));
  items.add(name + " completed", f.completed, "/s", well);
  items.add(name + " in flight", static_cast<double>(f.in_flight_peak), "", "");
  if (f.service_ms > 0 && f.service_base_ms > 0)
    items.add(name + " service p50", f.service_ms, "ms",
              fmt::format("{} (baseline)", ms(f.service_base_ms)));
  if (f.client_lag_ms > 10)
    items.add("load generator late by up to", f.client_lag_ms, "ms", "< 10 ms");
  if (f.stalled_share > 0)
    items.add(name + " seconds without completion", 100 * f.stalled_share, "%", "0 %");
}

// Pages that could not always be read first, and the one that speaks for the service by name.
void add_pages(Items& items, const Facts& f) {
  constexpr std::size_t kShown = 4;
  auto pages = f.pages;
  std::stable_sort(pages.begin(), pages.end(), [](const Facts::Page& a, const Facts::Page& b) {
    return a.up * b.scrapes < b.up * a.scrapes;
  });
  for (std::size_t i = 0; i < std::min(kShown, pages.size()); ++i)
    items.add("up of " + pages[i].name, percent(pages[i].up, pages[i].scrapes), "%", "100 %");
  if (const auto* witness = f.witness())
    items.add(fmt::format("scrapes of {} with {} 1", witness->name, witness->word),
              static_cast<double>(witness->says_up), "", "");
}

}  // namespace

std::vector<model::EvidenceItem> evidence_of(const Facts& f) {
  Items items(f);
  add_probes(items, f);
  add_load(items, f);
  if (f.wire && f.rst_rate > f.rst_base)
    items.add("wire rst", f.rst_rate, "/s",
              fmt::format("{}/s outside the window", base::format_count(f.rst_base)));
  if (f.wire) items.add("wire syn-ack", f.syn_ack_rate, "/s", "");
  if (f.foreign_detections > 0)
    items.add("detections in traffic of others", static_cast<double>(f.foreign_detections), "",
              "0");
  add_pages(items, f);
  auto list = items.take();
  if (list.empty())  // the marks that made the episode lie at its edge
    list.push_back({f.view->name + " observations", f.episode.window,
                    static_cast<double>(f.episode.probe_marks + f.episode.load_marks), "", "0"});
  return list;
}

}  // namespace rampart::correlator
