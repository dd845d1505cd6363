#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "reports/lanes.h"

namespace rampart::reports {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostLatencyLanes = 4;

// One moment of all loads (or workers) together.
struct Moment {
  Span span;
  model::LoadCounters counters;
  std::uint64_t in_flight = 0;
};

// Records of different loads and workers belong together where they begin in the same second.
std::map<long, Moment> by_second(const model::Evidence& evidence, const RunAxis& axis) {
  std::map<long, Moment> moments;
  for (const auto& s : evidence.load) {
    const double from = axis.at(s.start);
    const double to = from + base::seconds(s.length);
    auto [it, fresh] = moments.try_emplace(std::lround((from + to) / 2 - 0.5));
    auto& m = it->second;
    m.span = fresh ? Span{from, to} : Span{std::min(m.span.from, from), std::max(m.span.to, to)};
    m.counters += s.counters;
    m.in_flight += s.in_flight;
  }
  return moments;
}

template <class Value>
Series series_of(const std::map<long, Moment>& moments, std::string name, std::string style,
                 Value value) {
  Series series{std::move(name), std::move(style), {}};
  for (const auto& [second, m] : moments) {
    const double length = m.span.to - m.span.from;
    if (length > 0) series.samples.push_back({m.span.from, m.span.to, value(m, length)});
  }
  return series;
}

// What a search asked for: the second in which a trial ends and its answers are awaited is no whole
// one. Requests, as of any flow.
Series asked_by_trials(const model::Evidence& evidence, const RunAxis& axis) {
  const auto& find = *evidence.plan.find;
  const auto steps = std::max<std::size_t>(evidence.plan.loads[find.load].steps.size(), 1);
  Series series{"asked", "offered", {}};
  for (const auto& trial : evidence.trials) {
    const double to = axis.at(trial.to);
    series.samples.push_back({std::max(to - base::seconds(find.step), 0.0), to,
                              trial.rate.per_second * static_cast<double>(steps)});
  }
  return series;
}

Lane rate_lane(const model::Evidence& evidence, const RunAxis& axis,
               const std::map<long, Moment>& moments) {
  Lane lane{.title = "Request rate", .unit = "/s", .height = 110};
  auto offered = series_of(moments, "asked", "offered", [](const Moment& m, double length) {
    return static_cast<double>(m.counters.offered) / length;
  });
  auto completed = series_of(moments, "completed", "main", [](const Moment& m, double length) {
    return static_cast<double>(m.counters.completed) / length;
  });
  if (evidence.plan.find && !evidence.trials.empty()) offered = asked_by_trials(evidence, axis);
  lane.series = {std::move(offered), std::move(completed)};
  return lane;
}

Lane error_lane(const std::map<long, Moment>& moments) {
  Lane lane{.kind = Lane::Kind::bars, .title = "Errors by class", .unit = "/s", .height = 56};
  for (std::size_t i = 0; i < model::kErrorClasses; ++i) {
    const auto kind = static_cast<model::ErrorClass>(i);
    auto series = series_of(moments, std::string(model::to_string(kind)), fmt::format("e{}", i),
                            [kind](const Moment& m, double length) {
                              return static_cast<double>(m.counters.error(kind)) / length;
                            });
    const bool any = std::any_of(series.samples.begin(), series.samples.end(),
                                 [](const Sample& s) { return s.value > 0; });
    if (any) lane.series.push_back(std::move(series));
  }
  if (lane.series.empty()) lane.title = "Errors: none";
  if (lane.series.empty()) lane.height = 14;
  return lane;
}

Lane latency_lane(const model::Evidence& evidence, const RunAxis& axis, std::uint32_t load) {
  Lane lane{.title = "Latency", .unit = "ms", .height = 130};
  if (evidence.plan.loads.size() > 1 && load < evidence.plan.loads.size())
    lane.title += " of " + evidence.plan.loads[load].name;
  lane.series = {
      {"p50", "p50", {}}, {"p95", "p95", {}}, {"p99", "p99", {}}, {"service p99", "service", {}}};
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (const auto& s : evidence.load) {
    if (s.load != load) continue;
    const double from = axis.at(s.start);
    const double to = from + base::seconds(s.length);
    const auto put = [&](std::size_t i, const model::Percentiles& of, base::Nanos value) {
      const double ms = of.count > 0 ? base::millis(value) : kNone;
      lane.series[i].samples.push_back({from, to, ms});
      if (ms > 0) least = std::min(least, ms);
      if (ms > 0) most = std::max(most, ms);
    };
    put(0, s.latency, s.latency.p50);
    put(1, s.latency, s.latency.p95);
    put(2, s.latency, s.latency.p99);
    put(3, s.service, s.service.p99);
  }
  lane.log = most > 20 * least;
  return lane;
}

Lane busy_lane(const model::Evidence& evidence, const RunAxis& axis) {
  Lane lane{.title = "Load generator, busiest thread", .unit = "%", .height = 40};
  std::map<long, Sample> seconds;
  for (const auto& c : evidence.client) {
    const double from = axis.at(c.start);
    const double length = base::seconds(c.length);
    if (length <= 0) continue;
    auto [it, fresh] = seconds.try_emplace(std::lround(from), Sample{from, from + length, 0});
    it->second.value = std::max(it->second.value, 100 * base::seconds(c.busy) / length);
  }
  lane.series = {{"busy", "quiet", {}}};
  for (const auto& [second, sample] : seconds) lane.series[0].samples.push_back(sample);
  return lane;
}

}  // namespace

void add_load_lanes(std::vector<Lane>& lanes, const model::Evidence& evidence,
                    const RunAxis& axis) {
  const auto moments = by_second(evidence, axis);
  if (!moments.empty()) {
    lanes.push_back(rate_lane(evidence, axis, moments));
    const auto count =
        std::min(kMostLatencyLanes, std::max<std::size_t>(1, evidence.plan.loads.size()));
    for (std::uint32_t load = 0; load < count; ++load)
      if (auto lane = latency_lane(evidence, axis, load); !lane.series[0].samples.empty())
        lanes.push_back(std::move(lane));
    lanes.push_back(error_lane(moments));
    Lane in_flight{.title = "In flight", .unit = "", .height = 50};
    in_flight.series = {
        series_of(moments, "requests without an answer yet", "area",
                  [](const Moment& m, double) { return static_cast<double>(m.in_flight); })};
    lanes.push_back(std::move(in_flight));
  }
  if (!evidence.client.empty()) lanes.push_back(busy_lane(evidence, axis));
}

}  // namespace rampart::reports
