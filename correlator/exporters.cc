#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "correlator/bystanders.h"
#include "correlator/truth_table.h"

namespace rampart::correlator {
namespace {

using std::chrono::seconds;

struct Served {
  std::string by;
  double share = 0;
};

// The share of users that were served in the window, by probes or else by the load.
std::optional<Served> served(const TargetView& view, const model::TimeSpan& window) {
  std::size_t sent = 0;
  std::size_t succeeded = 0;
  for (const auto& p : view.probes) {
    if (p.span.from < window.from - p.interval || p.span.from > window.to) continue;
    ++sent;
    if (p.result->success) ++succeeded;
  }
  if (sent > 0)
    return Served{"probe_success of " + view.name,
                  static_cast<double>(succeeded) / static_cast<double>(sent)};
  double completed = 0;
  double failed = 0;
  for (const auto& s : view.load) {
    if (overlap(s.span, window) == base::Nanos(0)) continue;
    completed += static_cast<double>(s.second->counters.completed);
    failed += static_cast<double>(s.second->counters.failed);
  }
  if (completed + failed == 0) return std::nullopt;
  return Served{"requests completed by " + view.name, completed / (completed + failed)};
}

struct Gap {
  model::TimeSpan window;
  std::size_t scrapes = 0;
  std::size_t unreachable = 0;  // the rest were read, and said that the service is down
};

bool bad(const ScrapeSight& s) { return !s.up || s.service_up == false; }

bool in_trouble(const ScrapeSight& s, const std::vector<Episode>& episodes) {
  return std::any_of(episodes.begin(), episodes.end(), [&](const Episode& e) {
    return s.span.from <= e.window.to + seconds(1) && s.span.to >= e.window.from - seconds(1);
  });
}

std::vector<Gap> gaps_of(const std::vector<const ScrapeSight*>& scrapes,
                         const std::vector<Episode>& episodes) {
  std::vector<Gap> gaps;
  bool open = false;
  for (const auto* s : scrapes) {
    // A scrape that failed in the middle of an episode says nothing either way.
    if (bad(*s) && in_trouble(*s, episodes)) continue;
    if (!bad(*s)) {
      open = false;
      continue;
    }
    if (!open) gaps.push_back({s->span, 0, 0});
    open = true;
    gaps.back().window.to = s->span.to;
    ++gaps.back().scrapes;
    if (!s->up) ++gaps.back().unreachable;
  }
  std::erase_if(gaps, [](const Gap& g) { return g.scrapes < 2; });
  return gaps;
}

}  // namespace

std::vector<model::Verdict> judge_exporters(const Timeline& timeline, const TargetView& view,
                                            const std::vector<Episode>& episodes) {
  std::map<std::pair<std::uint32_t, std::string>, std::vector<const ScrapeSight*>> by_page;
  for (const auto& s : view.scrapes) by_page[{s.result->scrape, s.page}].push_back(&s);
  std::vector<model::Verdict> verdicts;
  for (const auto& [key, scrapes] : by_page) {
    const auto& [scrape, page] = key;
    auto name = timeline.plan().scrapes[scrape].name;
    if (!page.empty()) name += " " + page;
    for (const auto& gap : gaps_of(scrapes, episodes)) {
      const bool unreachable = 2 * gap.unreachable >= gap.scrapes;
      const auto seen = served(view, gap.window);
      const auto probe = seen ? std::optional(seen->share > 0.5) : std::nullopt;
      const auto reading =
          read_signals({!unreachable, unreachable ? std::nullopt : std::optional(false), probe});
      if (probe == false) continue;  // too short for an episode of the service itself
      auto& v = verdicts.emplace_back();
      v.target = view.name;
      v.window = gap.window;
      v.summary = fmt::format("{}: {}", name, reading.meaning);
      const auto add = [&](std::string series, std::size_t count) {
        if (count > 0)
          v.evidence.push_back(
              {std::move(series), gap.window, static_cast<double>(count), "", "0"});
      };
      add("failed scrapes of " + name, gap.unreachable);
      add("scrapes of " + name + " that say the service is down", gap.scrapes - gap.unreachable);
      if (!reading.monitoring_fault) {
        v.cause = model::Cause::unknown;
        v.state = reading.state;
        v.confidence = 0.3;
        continue;
      }
      v.cause = model::Cause::fault_exporter_down;
      v.state = model::State::degraded;
      v.actor = model::Actor::internal;
      v.confidence = std::min(0.7 + 0.05 * static_cast<double>(gap.scrapes), 0.95);
      v.evidence.push_back({seen->by, gap.window, 100 * seen->share, "%", "100 %"});
      v.ruled_out.push_back({model::Cause::fault_process_down, "users were served meanwhile"});
    }
  }
  return verdicts;
}

}  // namespace rampart::correlator
