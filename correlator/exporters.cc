#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "correlator/bystanders.h"
#include "correlator/truth_table.h"

namespace rampart::correlator {
namespace {

using model::ProbeReason;
using std::chrono::seconds;

struct Served {
  std::string by;
  double share = 0;
  bool beside_trouble = false;  // the share leaves out episodes of the service itself
};

bool touches(const model::TimeSpan& span, const std::vector<Episode>& episodes,
             base::Nanos near = base::Nanos(0)) {
  return std::any_of(episodes.begin(), episodes.end(), [&](const Episode& e) {
    return span.from <= e.window.to + near && span.to >= e.window.from - near;
  });
}

// The share of users that were served in the window, by probes or else by the load; without those
// of the episodes.
std::optional<Served> served(const TargetView& view, const model::TimeSpan& window,
                             const std::vector<Episode>& left_out) {
  std::size_t sent = 0;
  std::size_t succeeded = 0;
  for (const auto& p : view.probes) {
    if (p.span.from < window.from - p.interval || p.span.from > window.to) continue;
    if (touches(p.span, left_out)) continue;
    ++sent;
    if (p.result->success) ++succeeded;
  }
  if (sent > 0)
    return Served{"probe_success of " + view.name,
                  static_cast<double>(succeeded) / static_cast<double>(sent)};
  double completed = 0;
  double failed = 0;
  for (const auto& s : view.load) {
    if (overlap(s.span, window) == base::Nanos(0) || touches(s.span, left_out)) continue;
    completed += static_cast<double>(s.second->counters.completed);
    failed += static_cast<double>(s.second->counters.failed);
  }
  if (completed + failed == 0) return std::nullopt;
  return Served{"requests completed by " + view.name, completed / (completed + failed)};
}

// Outside the service's own trouble, where there is an outside.
std::optional<Served> served_beside(const TargetView& view, const model::TimeSpan& window,
                                    const std::vector<Episode>& episodes) {
  if (!touches(window, episodes)) return served(view, window, {});
  auto beside = served(view, window, episodes);
  if (!beside) return served(view, window, {});
  beside->beside_trouble = true;
  return beside;
}

// What kept a page from saying that the service is up.
enum class Kind : std::uint8_t {
  unreachable,  // the page could not be read
  says_down,    // it was read, and said so
  not_told,     // the scraper stopped of itself, or was not let in
};

// A stretch in which one page was not as it should be.
struct Gap {
  model::TimeSpan window;
  std::string page;
  std::size_t scrapes = 0;
  std::size_t unreachable = 0;
  std::size_t not_told = 0;
  const model::ScrapeResult* first_not_told = nullptr;

  [[nodiscard]] Kind kind() const {
    if (2 * not_told >= scrapes) return Kind::not_told;
    return 2 * unreachable >= scrapes ? Kind::unreachable : Kind::says_down;
  }
  [[nodiscard]] ProbeReason reason() const {
    return kind() == Kind::not_told ? first_not_told->reason : ProbeReason::none;
  }
};

bool bad(const ScrapeSight& s) { return !s.up || s.service_up == false; }

std::vector<Gap> gaps_of(const std::string& page, const std::vector<const ScrapeSight*>& scrapes,
                         const std::vector<Episode>& episodes) {
  std::vector<Gap> gaps;
  bool open = false;
  for (const auto* s : scrapes) {
    // A scrape that failed in the middle of an episode says nothing either way.
    if (bad(*s) && touches(s->span, episodes, seconds(1))) continue;
    if (!bad(*s)) {
      open = false;
      continue;
    }
    if (!open) gaps.push_back({.window = s->span, .page = page});
    open = true;
    auto& gap = gaps.back();
    gap.window.to = s->span.to;
    ++gap.scrapes;
    if (!s->speaks()) {
      if (gap.not_told++ == 0) gap.first_not_told = s->result;
    } else if (!s->up) {
      ++gap.unreachable;
    }
  }
  std::erase_if(gaps, [](const Gap& g) { return g.scrapes < 2; });
  return gaps;
}

// Pages of one service that were wrong in the same way at the same time: one thing to say.
struct Trouble {
  model::TimeSpan window;
  std::vector<Gap> gaps;

  [[nodiscard]] bool takes(const Gap& gap) const {
    const auto& first = gaps.front();
    const auto longer = std::max(window.to - window.from, gap.window.to - gap.window.from);
    return first.kind() == gap.kind() && first.reason() == gap.reason() &&
           10 * overlap(window, gap.window) >= 8 * longer;
  }
  void take(Gap gap) {
    window = {std::min(window.from, gap.window.from), std::max(window.to, gap.window.to)};
    gaps.push_back(std::move(gap));
  }
};

std::vector<Trouble> troubles_of(const Timeline& timeline, const TargetView& view,
                                 const std::vector<Episode>& episodes) {
  std::map<std::pair<std::uint32_t, std::string>, std::vector<const ScrapeSight*>> by_page;
  for (const auto& s : view.scrapes) by_page[{s.result->scrape, s.page}].push_back(&s);
  std::vector<Trouble> troubles;
  for (const auto& [key, scrapes] : by_page)
    for (auto& gap : gaps_of(name_of(timeline, *scrapes.front()), scrapes, episodes)) {
      const auto same = std::find_if(troubles.begin(), troubles.end(),
                                     [&](const Trouble& t) { return t.takes(gap); });
      if (same != troubles.end())
        same->take(std::move(gap));
      else
        troubles.push_back({gap.window, {gap}});
    }
  return troubles;
}

// "nginx, php and 3 other pages".
std::string pages_text(const Trouble& trouble) {
  constexpr std::size_t kNamed = 3;
  const auto& gaps = trouble.gaps;
  const auto named = gaps.size() <= kNamed + 1 ? gaps.size() : kNamed;
  std::string out;
  for (std::size_t i = 0; i < named; ++i)
    out += fmt::format("{}{}", i == 0 ? "" : i + 1 == gaps.size() ? " and " : ", ", gaps[i].page);
  return named == gaps.size() ? out
                              : fmt::format("{} and {} other pages", out, gaps.size() - named);
}

// Why a page was not read that may be well.
std::string not_told_text(const model::ScrapeResult& result) {
  std::string_view what = "it was not read, for a reason of this run's own";
  if (result.reason == ProbeReason::denied) what = "the page wants other credentials";
  if (result.reason == ProbeReason::over_limit) what = "the page is beyond a limit of this run";
  if (result.reason == ProbeReason::not_permitted) what = "this run may not read the page";
  return result.detail.empty() ? std::string(what) : fmt::format("{} ({})", what, result.detail);
}

std::string meaning_of(const Reading& reading, const std::optional<Served>& seen) {
  constexpr std::string_view kServed = "the service is served";
  if (!seen || !reading.meaning.starts_with(kServed)) return std::string(reading.meaning);
  auto who = std::string(kServed);
  if (seen->share < 1)
    who = fmt::format("the service is mostly served ({:g} %)", std::floor(1000 * seen->share) / 10);
  return fmt::format("{}{}{}", seen->beside_trouble ? "outside its own trouble " : "", who,
                     reading.meaning.substr(kServed.size()));
}

void add_evidence(model::Verdict& v, const Trouble& trouble) {
  constexpr std::size_t kShown = 8;  // pages
  for (std::size_t i = 0; i < std::min(kShown, trouble.gaps.size()); ++i) {
    const auto& gap = trouble.gaps[i];
    const auto add = [&](std::string series, std::size_t count) {
      if (count > 0)
        v.evidence.push_back({std::move(series), gap.window, static_cast<double>(count), "", "0"});
    };
    add("failed scrapes of " + gap.page, gap.unreachable);
    if (gap.first_not_told != nullptr)
      add(fmt::format("scrapes of {} that ended as {}", gap.page,
                      model::to_string(gap.first_not_told->reason)),
          gap.not_told);
    add("scrapes of " + gap.page + " that say the service is down",
        gap.scrapes - gap.unreachable - gap.not_told);
  }
}

// Nothing where the service itself was in trouble, too short for an episode.
std::optional<model::Verdict> judge(const Trouble& trouble, const TargetView& view,
                                    const std::vector<Episode>& episodes) {
  const auto kind = trouble.gaps.front().kind();
  const auto seen = served_beside(view, trouble.window, episodes);
  const auto probe = seen ? std::optional(seen->share > 0.5) : std::nullopt;
  if (probe == false) return std::nullopt;
  Signals signals{.up = kind == Kind::says_down, .service_up = std::nullopt, .probe = probe};
  if (kind == Kind::says_down) signals.service_up = false;
  const auto reading = read_signals(signals);
  model::Verdict v;
  v.target = view.name;
  v.window = trouble.window;
  add_evidence(v, trouble);
  if (seen)
    v.evidence.push_back({seen->by + (seen->beside_trouble ? " outside its own trouble" : ""),
                          v.window, 100 * seen->share, "%", "100 %"});
  if (kind == Kind::not_told) {
    v.cause = model::Cause::unknown;
    const bool well = probe && !seen->beside_trouble;  // else others tell of it, or nobody can
    v.state = well ? model::State::healthy : model::State::unknown;
    v.actor = model::Actor::own;
    v.confidence = probe ? 0.5 : 0.3;
    v.summary = fmt::format("{}: {}: this says nothing of the exporter", pages_text(trouble),
                            not_told_text(*trouble.gaps.front().first_not_told));
    return v;
  }
  v.summary = fmt::format("{}: {}", pages_text(trouble), meaning_of(reading, seen));
  if (!reading.monitoring_fault) {
    v.cause = model::Cause::unknown;
    v.state = reading.state;
    v.confidence = 0.3;
    return v;
  }
  std::size_t scrapes = 0;
  for (const auto& gap : trouble.gaps) scrapes = std::max(scrapes, gap.scrapes);
  v.cause = model::Cause::fault_exporter_down;
  v.state = model::State::degraded;
  v.actor = model::Actor::internal;
  v.confidence = std::min(0.7 + 0.05 * static_cast<double>(scrapes), 0.95);
  v.ruled_out.push_back({model::Cause::fault_process_down, "users were served meanwhile"});
  return v;
}

}  // namespace

std::vector<model::Verdict> judge_exporters(const Timeline& timeline, const TargetView& view,
                                            const std::vector<Episode>& episodes) {
  std::vector<model::Verdict> verdicts;
  for (const auto& trouble : troubles_of(timeline, view, episodes))
    if (auto verdict = judge(trouble, view, episodes)) verdicts.push_back(*std::move(verdict));
  return verdicts;
}

}  // namespace rampart::correlator
