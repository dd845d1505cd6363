#include "correlator/episode.h"

#include <algorithm>
#include <array>

namespace rampart::correlator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Mark {
  model::TimeSpan span;
  base::Nanos reach{0};  // the next mark of the same trouble comes within it
  bool load = false;
};

// The resolution of a target's probes; load seconds where it has none.
base::Nanos finest_interval(const TargetView& view) {
  base::Nanos finest = seconds(10);
  if (view.probes.empty()) return seconds(1);
  for (const auto& p : view.probes) finest = std::min(finest, p.interval);
  return std::max(finest, base::Nanos(milliseconds(100)));
}

std::vector<Mark> marks_of(const TargetView& view, Symptom symptom) {
  std::vector<Mark> marks;
  for (const auto& p : view.probes) {
    if (p.symptom != symptom) continue;
    auto span = p.span;
    // A slow answer may come long after what slowed it has ended.
    if (symptom == Symptom::slow) span.to = span.from + std::min(p.result->duration, p.interval);
    const base::Nanos reach = std::max<base::Nanos>(p.interval * 22 / 10, seconds(2));
    marks.push_back({span, reach, false});
  }
  for (const auto& s : view.load)
    if (s.symptom == symptom) marks.push_back({s.span, seconds(2), true});
  std::stable_sort(marks.begin(), marks.end(),
                   [](const Mark& a, const Mark& b) { return a.span.from < b.span.from; });
  return marks;
}

struct Cluster {
  Episode episode;
  std::vector<Mark> marks;
  [[nodiscard]] std::size_t weight() const {
    return episode.symptom == Symptom::other ? 1 : 1 + 2 * marks.size();
  }
};

// Counts marks and sets the window. Probes at a second or finer set it alone where they agree;
// otherwise load seconds do too.
void measure(const TargetView& view, Cluster& c) {
  auto& e = c.episode;
  e.probe_marks = 0;
  e.load_marks = 0;
  for (const auto& m : c.marks) ++(m.load ? e.load_marks : e.probe_marks);
  const bool probes_only = e.probe_marks >= 2 && finest_interval(view) < seconds(1);
  bool first = true;
  for (const auto& m : c.marks) {
    if (probes_only && m.load && e.symptom != Symptom::slow) continue;
    e.window.from = first ? m.span.from : std::min(e.window.from, m.span.from);
    e.window.to = first ? m.span.to : std::max(e.window.to, m.span.to);
    first = false;
  }
}

std::vector<Cluster> chain(const TargetView& view, Symptom symptom,
                           const std::vector<Mark>& marks) {
  std::vector<Cluster> clusters;
  base::Nanos open_until{0};
  for (const auto& m : marks) {
    if (clusters.empty() || m.span.from > open_until) {
      clusters.emplace_back().episode.symptom = symptom;
      open_until = m.span.to + m.reach;
    }
    clusters.back().marks.push_back(m);
    open_until = std::max(open_until, m.span.to + m.reach);
  }
  for (auto& c : clusters) measure(view, c);
  return clusters;
}

// Of the probes that started in the window, the share that shows any trouble. 1 without probes.
double bad_share(const TargetView& view, const model::TimeSpan& window) {
  double all = 0;
  double bad = 0;
  for (const auto& p : view.probes) {
    if (p.span.from < window.from || p.span.from > window.to) continue;
    ++all;
    if (p.symptom) ++bad;
  }
  return all == 0 ? 1 : bad / all;
}

bool holds(const TargetView& view, const Cluster& c) {
  const auto& e = c.episode;
  const auto count = c.marks.size();
  const auto length = e.window.to - e.window.from;
  switch (e.symptom) {
    case Symptom::slow: {
      if (e.load_marks == 0 && bad_share(view, e.window) < 0.4) return false;
      return (count >= 3 && length >= seconds(2)) || (count >= 2 && length >= seconds(5));
    }
    case Symptom::other: return count >= 3 && bad_share(view, e.window) >= 0.3;
    case Symptom::silent:
    case Symptom::no_connect:
      return count >= 2 && (e.load_marks >= 2 || bad_share(view, e.window) >= 0.3);
    default: return count >= 2;
  }
}

// Cuts the part of c that lies in taken away; what is left comes back, in up to two pieces.
std::vector<Cluster> outside(const TargetView& view, const Cluster& c,
                             const model::TimeSpan& taken) {
  std::vector<Mark> before;
  std::vector<Mark> after;
  for (const auto& m : c.marks) {
    if (m.span.from < taken.from)
      before.push_back({{m.span.from, std::min(m.span.to, taken.from)}, m.reach, m.load});
    if (m.span.to > taken.to)
      after.push_back({{std::max(m.span.from, taken.to), m.span.to}, m.reach, m.load});
  }
  std::vector<Cluster> pieces;
  for (auto* marks : {&before, &after}) {
    if (marks->empty()) continue;
    auto& piece = pieces.emplace_back();
    piece.episode.symptom = c.episode.symptom;
    piece.marks = std::move(*marks);
    measure(view, piece);
  }
  return pieces;
}

// Slowness that is only the failure coming or going: short next to it, or a backlog that drains.
bool wake_of(const TargetView& view, const Cluster& slow, const Episode& failure) {
  const auto near = std::max<base::Nanos>(seconds(2), finest_interval(view) * 22 / 10);
  const auto& w = slow.episode.window;
  const auto length = w.to - w.from;
  if (w.to <= failure.window.from)
    return failure.window.from - w.to <= near && length <= seconds(2);
  if (w.from < failure.window.to || w.from - failure.window.to > near) return false;
  const auto failed_for = failure.window.to - failure.window.from;
  if (length <= std::max<base::Nanos>(seconds(3), failed_for)) return true;
  double asked = 0;
  double ended = 0;
  for (const auto& s : view.load) {
    if (overlap(s.span, w) == base::Nanos(0)) continue;
    asked += s.asked;
    ended += s.ended;
  }
  return asked > 0 && ended >= asked;
}

// Once what slowed the service is gone, queued requests still make a while of it: more ends than is
// asked, at a fraction of the episode's service time. That tail is cut off.
void cut_drain(const TargetView& view, Episode& e) {
  std::vector<double> service;
  for (const auto& s : view.load)
    if (overlap(s.span, e.window) > base::Nanos(0) && s.second->service.count > 0)
      service.push_back(s.service_ms());
  if (service.size() < 3) return;
  const double usual = median(std::move(service));
  auto cut = e.window.to;
  bool drains = false;
  for (auto s = view.load.rbegin(); s != view.load.rend(); ++s) {
    if (s->span.from >= e.window.to) continue;
    const bool quick = s->open && s->second->service.count > 0 && s->service_ms() < 0.5 * usual;
    if (!quick || s->span.from <= e.window.from + seconds(2)) break;
    drains = drains || s->ended > 1.05 * s->asked;
    cut = s->span.from;
  }
  if (drains) e.window.to = cut;
}

// Failures of several symptoms at one time are one trouble: the heavier cluster keeps it.
std::vector<Episode> settle_failures(const TargetView& view, std::vector<Cluster> clusters) {
  std::stable_sort(clusters.begin(), clusters.end(),
                   [](const Cluster& a, const Cluster& b) { return a.weight() > b.weight(); });
  const auto near = std::max<base::Nanos>(seconds(1), finest_interval(view) * 12 / 10);
  std::vector<Episode> settled;
  for (auto& c : clusters) {
    std::vector<Cluster> left{c};
    for (auto& e : settled) {
      std::vector<Cluster> next;
      for (auto& piece : left) {
        const auto length = piece.episode.window.to - piece.episode.window.from;
        const model::TimeSpan around{e.window.from - near, e.window.to + near};
        if (2 * overlap(around, piece.episode.window) >= length &&
            piece.episode.window.to >= around.from && piece.episode.window.from <= around.to) {
          e.window.from = std::min(e.window.from, std::max(piece.episode.window.from, around.from));
          e.window.to = std::max(e.window.to, std::min(piece.episode.window.to, around.to));
          continue;
        }
        for (auto& rest : outside(view, piece, e.window)) next.push_back(std::move(rest));
      }
      left = std::move(next);
    }
    for (const auto& piece : left)
      if (holds(view, piece)) settled.push_back(piece.episode);
  }
  return settled;
}

// A probe that was sent into a hang is answered when it ends: the most exact sign of that moment.
void extend_to_late_answers(const TargetView& view, Episode& e) {
  if (e.symptom != Symptom::silent) return;
  const auto until = e.window.to + milliseconds(50);
  for (const auto& p : view.probes) {
    if (!p.result->success || p.symptom != Symptom::slow) continue;
    const auto answered = p.span.from + p.result->duration;
    if (p.span.from >= e.window.from && p.span.from <= until)
      e.window.to = std::max(e.window.to, answered);
  }
}

// The longer part of `window` that lies outside of `taken`.
model::TimeSpan longer_rest(const model::TimeSpan& window, const model::TimeSpan& taken) {
  const model::TimeSpan before{window.from, std::min(window.to, taken.from)};
  const model::TimeSpan after{std::max(window.from, taken.to), window.to};
  return before.to - before.from >= after.to - after.from ? before : after;
}

// Joining failures can make a window reach into a neighbour's; the one with fewer marks gives way.
void part(std::vector<Episode>& episodes) {
  std::stable_sort(episodes.begin(), episodes.end(), [](const Episode& a, const Episode& b) {
    return a.probe_marks + a.load_marks > b.probe_marks + b.load_marks;
  });
  std::vector<Episode> parted;
  for (auto e : episodes) {
    bool swallowed = false;
    for (const auto& taken : parted) {
      if (overlap(e.window, taken.window) == base::Nanos(0)) continue;
      e.window = longer_rest(e.window, taken.window);
      swallowed = swallowed || e.window.to <= e.window.from;
    }
    if (!swallowed) parted.push_back(e);
  }
  std::stable_sort(parted.begin(), parted.end(), [](const Episode& a, const Episode& b) {
    return a.window.from < b.window.from;
  });
  episodes = std::move(parted);
}

}  // namespace

std::vector<Episode> find_episodes(const TargetView& view) {
  std::vector<Cluster> failures;
  for (std::size_t i = 0; i < kSymptoms; ++i) {
    const auto symptom = static_cast<Symptom>(i);
    if (symptom == Symptom::slow) continue;
    for (auto& c : chain(view, symptom, marks_of(view, symptom)))
      if (holds(view, c)) failures.push_back(std::move(c));
  }
  auto episodes = settle_failures(view, std::move(failures));
  for (auto& e : episodes) extend_to_late_answers(view, e);

  std::vector<Cluster> slow = chain(view, Symptom::slow, marks_of(view, Symptom::slow));
  for (const auto& failure : episodes) {
    std::vector<Cluster> left;
    for (const auto& c : slow)
      for (auto& piece : outside(view, c, failure.window))
        for (auto& part : chain(view, Symptom::slow, piece.marks)) left.push_back(std::move(part));
    slow = std::move(left);
  }
  const auto failures_end = episodes.size();
  for (const auto& c : slow) {
    bool wake = !holds(view, c);
    for (std::size_t i = 0; i < failures_end; ++i) wake = wake || wake_of(view, c, episodes[i]);
    if (wake) continue;
    episodes.push_back(c.episode);
    cut_drain(view, episodes.back());
  }
  part(episodes);
  return episodes;
}

}  // namespace rampart::correlator
