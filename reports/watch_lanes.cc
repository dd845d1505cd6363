#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "reports/lanes.h"

namespace rampart::reports {
namespace {

constexpr double kStrip = 15;

template <class Result>
Stretch stretch_of(const Result& result, bool ok, base::Nanos interval, const RunAxis& axis) {
  // A check that takes longer than its interval is the only one until it ends.
  const double from = axis.at(result.start);
  return {from, from + base::seconds(std::max(interval, result.duration)), ok,
          ok ? "" : std::string(model::to_string(result.reason))};
}

Lane strip_lane(std::string title, const std::vector<Stretch>& stretches, double seconds) {
  Lane lane{.kind = Lane::Kind::strip, .title = std::move(title), .unit = "", .height = kStrip};
  std::vector<Series> cover(1);
  for (const auto& s : stretches) cover[0].samples.push_back({s.from, s.to, 1});
  lane.gaps = gaps_of(cover, seconds);
  lane.strip = merge_stretches(stretches, seconds);
  return lane;
}

using SeriesByName = std::map<std::pair<std::string_view, std::uint32_t>, Series>;  // and page

// A sample that a Prometheus server stored counts until the next one, as long as it would there.
constexpr base::Nanos kLookBack = std::chrono::minutes(5);

// How long it takes until more is known.
base::Nanos until_next(const model::ScrapeSpec& spec) {
  return spec.source == model::ScrapeSpec::Source::prometheus ? spec.every : spec.interval;
}

base::Nanos counts_for(const model::ScrapeSpec& spec) {
  return spec.source == model::ScrapeSpec::Source::prometheus ? kLookBack : spec.interval;
}

// What follows ends what was before.
void end_last(Series& series, double at) {
  if (!series.samples.empty()) series.samples.back().to = std::min(series.samples.back().to, at);
}

// Nothing where there are more than model::kFewSeries. Names are the evidence's.
std::optional<SeriesByName> scraped_series(const model::Evidence& evidence, const RunAxis& axis) {
  SeriesByName by_name;
  for (const auto& scrape : evidence.scrapes) {
    if (!scrape.up || scrape.scrape >= evidence.plan.scrapes.size()) continue;
    const double from = axis.at(scrape.start);
    const double length = base::seconds(counts_for(evidence.plan.scrapes[scrape.scrape]));
    const double to = std::min(from + length, std::max(from, axis.seconds()));
    for (const auto& sample : scrape.samples) {
      const std::pair key(std::string_view(sample.series), scrape.scrape);
      if (const auto known = by_name.find(key); known != by_name.end())
        end_last(known->second, from);
      if (sample.gone) continue;
      const auto [at, first] = by_name.try_emplace(key);
      if (by_name.size() > model::kFewSeries) return std::nullopt;
      auto& series = at->second;
      if (first) series = {.name = sample.series, .style = "quiet", .samples = {}};
      series.samples.push_back({from, to, sample.value});
    }
  }
  return by_name;
}

void add_scraped_series(Timeline& timeline, const model::Evidence& evidence, const RunAxis& axis) {
  auto by_name = scraped_series(evidence, axis);
  if (!by_name || !evidence.all_series)
    timeline.remark = fmt::format(
        "A run with more than {0} scraped series has lanes only of those by which services tell "
        "their state (up, nginx_up and the like), and only where these are {0} at most. All are in "
        "the store, table series_sample.",
        model::kFewSeries);
  if (!by_name) return;
  for (auto& [key, series] : *by_name) {
    const auto& [name, page] = key;
    Lane lane{.title = std::string(name), .unit = "", .height = 34};
    if (evidence.plan.scrapes.size() > 1) lane.title += " of " + evidence.plan.scrapes[page].name;
    lane.series.push_back(std::move(series));
    timeline.lanes.push_back(std::move(lane));
  }
}

}  // namespace

void add_watch_lanes(Timeline& timeline, const model::Evidence& evidence, const RunAxis& axis) {
  auto& lanes = timeline.lanes;
  const auto& plan = evidence.plan;
  std::vector<std::vector<Stretch>> probes(plan.probes.size());
  for (const auto& r : evidence.probes)
    if (r.probe < probes.size())
      probes[r.probe].push_back(stretch_of(r, r.success, plan.probes[r.probe].interval, axis));
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (!probes[i].empty())
      lanes.push_back(
          strip_lane("Probe " + plan.probes[i].name + " (" + plan.probes[i].module.name + ")",
                     probes[i], axis.seconds()));
  std::vector<std::vector<Stretch>> scrapes(plan.scrapes.size());
  for (const auto& r : evidence.scrapes)
    if (r.scrape < scrapes.size() && r.reason != model::ProbeReason::local)
      scrapes[r.scrape].push_back(stretch_of(r, r.up, until_next(plan.scrapes[r.scrape]), axis));
  for (std::size_t i = 0; i < scrapes.size(); ++i)
    if (!scrapes[i].empty())
      lanes.push_back(strip_lane("up " + plan.scrapes[i].name, scrapes[i], axis.seconds()));
  add_scraped_series(timeline, evidence, axis);
}

}  // namespace rampart::reports
