#include "correlator/bystanders.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "correlator/capacity.h"

namespace rampart::correlator {
namespace {

using std::chrono::seconds;

// The target that an endpoint of the packet belongs to; the first one where none does.
std::string target_of(const Timeline& t, const model::Detection& d) {
  for (const auto& target : t.plan().targets)
    for (const auto& e : target.endpoints)
      if (e == d.destination || e == d.source) return target.name;
  return t.targets.empty() ? t.plan().name : t.targets.front().name;
}

model::TimeSpan clamped(const Timeline& t, model::TimeSpan w) {
  return {std::clamp(w.from, base::Nanos(0), t.end), std::clamp(w.to, base::Nanos(0), t.end)};
}

struct Group {
  std::string target;
  model::TimeSpan window;
  std::size_t count = 0;
  std::map<std::uint32_t, std::pair<std::string, std::size_t>> sids;
};

void put(Group& g, const model::Detection& d, model::RunTime at) {
  g.window.to = std::max(g.window.to, at);
  ++g.count;
  auto& [msg, count] = g.sids[d.sid];
  msg = d.msg;
  ++count;
}

void add_evidence(model::Verdict& v, const Group& g) {
  constexpr std::size_t kShown = 8;
  for (const auto& [sid, seen] : g.sids) {
    if (v.evidence.size() >= kShown) break;
    v.evidence.push_back({fmt::format("detection sid {} \"{}\"", sid, seen.first), v.window,
                          static_cast<double>(seen.second), "", "0"});
  }
}

model::Verdict canary_verdict(const Timeline& t, const Group& g) {
  model::Verdict v;
  v.target = g.target;
  v.window = clamped(t, g.window);
  v.state = model::State::healthy;
  v.cause = model::Cause::attack_signature;
  v.impact = model::Impact::none;
  v.actor = model::Actor::own;
  v.confidence = 0.99;
  v.summary = fmt::format("canaries: {} detections of this run's own known-bad requests", g.count);
  add_evidence(v, g);
  return v;
}

// What else was wrong in the window, with one target or (empty) any; null where nothing was.
const model::Verdict* trouble_in(const std::vector<model::Verdict>& verdicts,
                                 const model::TimeSpan& window, const std::string& target) {
  const auto found = std::find_if(verdicts.begin(), verdicts.end(), [&](const model::Verdict& v) {
    return v.impact == model::Impact::degrading && v.window.from <= window.to &&
           v.window.to >= window.from && (target.empty() || v.target == target);
  });
  return found == verdicts.end() ? nullptr : &*found;
}

// What is to be said of an attack beside that trouble.
std::string beside(const model::Verdict* trouble) {
  if (trouble == nullptr) return "did no harm";
  if (trouble->cause == model::Cause::unknown)
    return fmt::format("may have a part in the trouble of {} at that time", trouble->target);
  return fmt::format("does not explain the trouble of {} at that time ({})", trouble->target,
                     model::to_string(trouble->cause));
}

model::Verdict foreign_verdict(const Timeline& t, const Group& g, const model::Verdict* trouble) {
  model::Verdict v;
  v.target = g.target;
  v.window = clamped(t, g.window);
  v.state = model::State::healthy;
  v.cause = model::Cause::attack_signature;
  v.impact = model::Impact::absorbed;
  v.actor = model::Actor::attacker;
  v.confidence = std::min(0.75 + 0.03 * static_cast<double>(g.count), 0.95);
  v.summary =
      fmt::format("what {} detections in the traffic of others show {}", g.count, beside(trouble));
  add_evidence(v, g);
  return v;
}

// This run's own probes and requests during the window, all of them answered as they should be.
bool was_served(const TargetView& view, const model::TimeSpan& window) {
  std::size_t seen = 0;
  for (const auto& p : view.probes) {
    if (overlap(p.span, window) == base::Nanos(0)) continue;
    if (p.symptom || !p.result->success) return false;
    ++seen;
  }
  for (const auto& s : view.load) {
    if (overlap(s.span, window) == base::Nanos(0) || s.second->counters.completed == 0) continue;
    if (s.symptom) return false;
    ++seen;
  }
  return seen >= 2;
}

// Of a host that this run does not watch.
model::Verdict elsewhere_verdict(const Timeline& t, const Attack& attack) {
  model::Verdict v;
  v.target = attack.host;
  v.window = clamped(t, attack.window);
  v.state = model::State::healthy;
  v.cause = attack.cause;
  v.impact = model::Impact::none;
  v.actor = model::Actor::attacker;
  v.confidence = 0.9;
  v.summary = attack.what + ", which is no target of this run";
  v.evidence = attack.evidence;
  return v;
}

bool concerns(const Timeline& t, const Attack& attack, const std::string& target) {
  for (std::uint32_t i = 0; i < t.targets.size(); ++i)
    if (t.targets[i].name == target) return attack.concerns(i);
  return attack.targets.empty() && attack.anywhere;
}

// An attack that caused no episode.
model::Verdict attack_verdict(const Timeline& t, const Attack& attack,
                              const std::vector<model::Verdict>& verdicts) {
  const TargetView* view = nullptr;
  bool suffered = attack.degrading;
  if (!t.targets.empty()) {
    // The first one that was not served, else the first.
    const auto unserved =
        std::find_if(attack.targets.begin(), attack.targets.end(),
                     [&](std::uint32_t i) { return !was_served(t.targets[i], attack.window); });
    const auto first = attack.targets.empty() ? 0 : attack.targets.front();
    view = &t.targets[unserved == attack.targets.end() || !suffered ? first : *unserved];
    suffered = suffered && !was_served(*view, attack.window);
  }
  model::Verdict v;
  v.target = view == nullptr ? t.plan().name : view->name;
  v.window = clamped(t, attack.window);
  v.state = suffered ? model::State::degraded : model::State::healthy;
  v.cause = attack.cause;
  v.impact = suffered ? model::Impact::degrading : model::Impact::absorbed;
  v.actor = model::Actor::attacker;
  v.confidence = suffered ? 0.8 : 0.9;
  v.summary = fmt::format(
      "{} {}", attack.what,
      suffered ? "kept others from being served"
               : beside(trouble_in(verdicts, v.window, attack.targets.empty() ? "" : v.target)));
  v.evidence = attack.evidence;
  for (auto& item : v.evidence) item.window = v.window;
  return v;
}

// Failures too scattered for an episode.
struct Scattered {
  std::size_t probes = 0, failed_probes = 0;
  std::uint64_t requests = 0, failed_requests = 0;

  Scattered(const Timeline& t, const TargetView& view) {
    for (const auto& p : view.probes) {
      if (is_searching(t, p.span, Symptom::other)) continue;
      ++probes;
      if (!p.result->success) ++failed_probes;
    }
    for (const auto& s : view.load) {
      if (is_searching(t, s.span, Symptom::other)) continue;
      requests += s.second->counters.completed + s.failed;
      failed_requests += s.failed;
    }
  }
  [[nodiscard]] std::uint64_t results() const { return probes + requests; }
  [[nodiscard]] bool any() const { return failed_probes + failed_requests > 0; }
  // As many as make a second of load bad, over the whole run.
  [[nodiscard]] bool many() const {
    const auto over = [](std::uint64_t part, std::uint64_t all) {
      return part >= 3 && 20 * part >= all;
    };
    return over(failed_probes, probes) || over(failed_requests, requests);
  }
  [[nodiscard]] std::string text() const {
    std::string out;
    if (failed_probes > 0) out = fmt::format("{} of {} probes", failed_probes, probes);
    if (failed_requests > 0)
      out +=
          fmt::format("{}{} of {} requests", out.empty() ? "" : " and ", failed_requests, requests);
    return out;
  }
};

// A target that was seen and had no episode.
void judge_seen(const Timeline& t, const TargetView& view, model::Verdict& v) {
  const Scattered scattered(t, view);
  v.state = model::State::healthy;
  v.cause = model::Cause::none;
  v.confidence = view.probes.size() >= 10 || view.load.size() >= 10 ? 0.95 : 0.7;
  v.summary = scattered.any()
                  ? fmt::format("served, but {} failed here and there", scattered.text())
              : t.plan().find ? "no trouble but what the search made on purpose"
                              : "served well the whole time";
  if (!scattered.many()) return;
  v.state = model::State::degraded;
  v.cause = model::Cause::unknown;
  v.impact = model::Impact::degrading;
  v.confidence = 0.4;
  v.summary = fmt::format(
      "{} failed, spread over the run: the evidence does not single out a cause", scattered.text());
  const auto add = [&](std::string series, std::uint64_t part, std::uint64_t all) {
    if (part > 0)
      v.evidence.push_back({std::move(series), v.window,
                            100 * static_cast<double>(part) / static_cast<double>(all), "%",
                            "0 %"});
  };
  add("failed probes of " + view.name, scattered.failed_probes, scattered.probes);
  add("failed requests to " + view.name, scattered.failed_requests, scattered.requests);
}

bool explained(const std::vector<model::Verdict>& verdicts, const std::string& target,
               model::RunTime at) {
  return std::any_of(verdicts.begin(), verdicts.end(), [&](const model::Verdict& v) {
    return v.cause == model::Cause::attack_signature && v.target == target &&
           at >= v.window.from - seconds(5) && at <= v.window.to + seconds(5);
  });
}

}  // namespace

void judge_attacks(const Timeline& t, const std::vector<Attack>& attacks,
                   std::vector<model::Verdict>& verdicts) {
  for (const auto& attack : attacks) {
    const auto window = clamped(t, attack.window);
    const auto caused = [&](const model::Verdict& v) {
      return v.cause == attack.cause && v.impact == model::Impact::degrading &&
             concerns(t, attack, v.target) && v.window.from <= window.to + seconds(2) &&
             v.window.to >= window.from;
    };
    bool told = false;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (!caused(verdicts[i])) continue;
      told = true;
      auto& v = verdicts[i];
      v.window = {std::min(v.window.from, window.from), std::max(v.window.to, window.to)};
      v.evidence.insert(v.evidence.begin(), attack.evidence.begin(), attack.evidence.end());
      // Later episodes on the same target within the same attack are part of it.
      const auto rest = verdicts.begin() + static_cast<std::ptrdiff_t>(i) + 1;
      const auto part = [&, target = v.target](const model::Verdict& other) {
        return other.target == target && caused(other);
      };
      verdicts.erase(std::remove_if(rest, verdicts.end(), part), verdicts.end());
    }
    if (told) continue;
    const bool watched = !attack.targets.empty() || attack.anywhere;
    verdicts.push_back(watched ? attack_verdict(t, attack, verdicts)
                               : elsewhere_verdict(t, attack));
  }
}

void judge_detections(const Timeline& t, std::vector<model::Verdict>& verdicts) {
  std::vector<std::pair<model::RunTime, const model::Detection*>> ordered;
  for (const auto& d : t.evidence.detections) ordered.emplace_back(t.align.at(d.at), &d);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::optional<Group> canaries;
  std::vector<Group> groups;
  std::map<std::string, std::size_t> open;  // by target
  for (const auto& [at, d] : ordered) {
    const auto target = target_of(t, *d);
    if (d->owner == model::Owner::canary) {
      if (!canaries) {
        const bool named = t.plan().canaries && t.plan().canaries->target < t.targets.size();
        canaries =
            Group{named ? t.targets[t.plan().canaries->target].name : target, {at, at}, 0, {}};
      }
      put(*canaries, *d, at);
    } else if (!d->behaviour && d->owner == model::Owner::other &&
               !explained(verdicts, target, at)) {
      const auto found = open.find(target);
      if (found == open.end() || at > groups[found->second].window.to + seconds(30)) {
        open[target] = groups.size();
        groups.push_back({target, {at, at}, 0, {}});
      }
      put(groups[open[target]], *d, at);
    }
  }
  if (canaries) verdicts.push_back(canary_verdict(t, *canaries));
  const auto judged = verdicts;
  for (const auto& g : groups)
    verdicts.push_back(foreign_verdict(t, g, trouble_in(judged, g.window, g.target)));
}

void judge_the_rest(const Timeline& t, std::vector<model::Verdict>& verdicts) {
  std::vector<model::Verdict> rest;
  const auto troubled = [&](const std::string& name) {
    return std::any_of(verdicts.begin(), verdicts.end(), [&](const model::Verdict& v) {
      return v.target == name && v.state != model::State::healthy;
    });
  };
  for (const auto& view : t.targets) {
    if (troubled(view.name)) continue;
    auto& v = rest.emplace_back();
    v.target = view.name;
    v.window = {base::Nanos(0), t.end};
    if (Scattered(t, view).results() > 0) {
      judge_seen(t, view, v);
    } else {
      v.summary = view.blind_probes > 0 ? "not seen: the probes failed by this host's own trouble"
                                        : "not seen: no probe and no load reached a result";
      v.evidence.push_back({"observations of " + view.name, v.window, 0, "", "at least 1"});
    }
  }
  if (t.targets.empty() && verdicts.empty()) {
    auto& v = rest.emplace_back();
    v.target = t.plan().name;
    v.window = {base::Nanos(0), t.end};
    v.summary = "no target was watched";
    v.evidence.push_back({"targets", v.window, 0, "", "at least 1"});
  }
  for (auto& v : rest) verdicts.push_back(std::move(v));
}

}  // namespace rampart::correlator
