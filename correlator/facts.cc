#include "correlator/facts.h"

#include <algorithm>
#include <map>

namespace rampart::correlator {
namespace {

using model::ErrorClass;
using std::chrono::seconds;

bool within(const model::TimeSpan& w, model::RunTime t) { return t >= w.from && t <= w.to; }

model::ProbeModule::Kind top_kind(const TargetView& view) {
  auto top = model::ProbeModule::Kind::icmp;
  for (const auto& p : view.probes) top = std::min(top, p.kind);
  return top;
}

double spread_of(const std::vector<double>& sorted) {
  return sorted.empty() ? 0 : sorted.back() - sorted.front();
}

void count_reason(Facts& f, const model::ProbeResult& result) {
  auto known = std::find_if(f.reasons.begin(), f.reasons.end(),
                            [&](const Facts::Reason& r) { return r.reason == result.reason; });
  if (known == f.reasons.end())
    known = f.reasons.insert(known, {.reason = result.reason, .detail = result.detail});
  ++known->count;
}

void probe_facts(Facts& f) {
  const auto top = top_kind(*f.view);
  std::vector<double> durations;
  std::vector<double> bases;
  std::vector<double> connects;
  std::vector<double> starts;
  std::vector<double> ends;
  // A window that only load seconds made is up to a second too wide at either end.
  auto window = f.episode.window;
  if (f.episode.probe_marks == 0) {
    window.from += seconds(1);
    window.to -= seconds(1);
  }
  for (const auto& p : f.view->probes) {
    if (!within(window, p.span.from)) continue;
    auto& group = p.kind == top ? f.service : f.below;
    ++group.all;
    if (p.symptom) ++group.by[static_cast<std::size_t>(*p.symptom)];
    if (p.result->success) ++group.succeeded;
    if (p.kind != top) continue;
    if (p.symptom == Symptom::other) count_reason(f, *p.result);
    bases.push_back(f.view->probe_base_ms[p.result->probe]);
    if (p.symptom == Symptom::slow) {
      starts.push_back(base::seconds(p.span.from));
      ends.push_back(base::seconds(p.span.to));
    }
    if (!p.result->success) continue;
    durations.push_back(base::millis(p.result->duration));
    if (p.result->duration.count() > 0)
      connects.push_back(base::seconds(p.result->phases.connect) /
                         base::seconds(p.result->duration));
  }
  std::stable_sort(f.reasons.begin(), f.reasons.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  std::sort(durations.begin(), durations.end());
  std::sort(starts.begin(), starts.end());
  std::sort(ends.begin(), ends.end());
  f.probe_ms = median(durations);
  f.probe_base_ms = median(std::move(bases));
  f.connect_share = median(std::move(connects));
  if (durations.size() >= 4 && f.probe_ms > f.probe_base_ms) {
    const double tenth = durations[durations.size() / 10];
    f.constant_shift = tenth - f.probe_base_ms > 0.7 * (f.probe_ms - f.probe_base_ms);
  }
  f.same_end = ends.size() >= 3 && spread_of(starts) >= 1.5 && spread_of(ends) <= 0.3;
}

// One second of the run over all loads of the target.
struct Slice {
  model::RunTime from{0};
  double length = 0, asked = 0, completed = 0, users = 0, paced = 0;
  bool well = true;
};

std::vector<Slice> slices_of(const Facts& f, const std::vector<Episode>& episodes) {
  std::map<std::int64_t, Slice> slices;
  for (const auto& s : f.view->load) {
    const auto grid = (s.span.from + std::chrono::milliseconds(500)) / seconds(1);
    auto& slice = slices[grid];
    if (slice.length == 0) slice.from = s.span.from;
    slice.length = std::max(slice.length, base::seconds(s.second->length));
    if (s.paced) {
      slice.paced += static_cast<double>(s.second->in_flight);
    } else {
      slice.asked += s.asked;
      slice.completed += static_cast<double>(s.second->counters.completed);
      if (!s.open) slice.users += f.timeline->plan().loads[s.second->load].arrival.users;
    }
    slice.well = slice.well && !s.symptom;
    for (const auto& e : episodes) {
      const model::TimeSpan around{e.window.from - seconds(1), e.window.to + seconds(1)};
      if (overlap(around, s.span) > base::Nanos(0)) slice.well = false;
    }
  }
  std::vector<Slice> list;
  for (const auto& [grid, slice] : slices) list.push_back(slice);
  return list;
}

// The highest mean of `value` per second over three neighbours that all pass, or fewer where no
// three do.
template <class Value, class Pass>
double peak(const std::vector<Slice>& slices, Value value, Pass pass) {
  double best = 0;
  double best_single = 0;
  double sum = 0;
  std::vector<double> run;
  for (const auto& s : slices) {
    if (!pass(s) || s.length < 0.5) {
      run.clear();
      continue;
    }
    run.push_back(value(s) / s.length);
    best_single = std::max(best_single, run.back());
    if (run.size() < 3) continue;
    sum = run[run.size() - 1] + run[run.size() - 2] + run[run.size() - 3];
    best = std::max(best, sum / 3);
  }
  return best > 0 ? best : best_single;
}

// Whether at least two of the four seconds after `end` were well, and none of them asked for less
// than `rate`.
bool well_after(const std::vector<Slice>& slices, model::RunTime end, double rate) {
  std::size_t well = 0;
  for (const auto& s : slices) {
    if (s.from < end || s.from > end + seconds(4) || s.length < 0.5 || !s.well) continue;
    if (s.asked < rate * s.length) return false;
    ++well;
  }
  return well >= 2;
}

// The most requests that were due in the window and had not ended.
double backlog_of(const Facts& f) {
  double backlog = 0;
  double most = 0;
  for (const auto& s : f.view->load) {
    if (!s.open || s.paced || overlap(s.span, f.episode.window) == base::Nanos(0)) continue;
    backlog += s.asked - s.ended;
    most = std::max(most, backlog);
  }
  return most;
}

bool inside(const Slice& s, const model::TimeSpan& w) {
  return s.from + seconds(1) > w.from && s.from < w.to;
}

void paced_facts(Facts& f, const std::vector<Slice>& slices) {
  for (const auto& s : slices) {
    if (inside(s, f.episode.window)) f.paced = std::max(f.paced, s.paced);
    if (s.well) f.well_paced = std::max(f.well_paced, s.paced);
  }
}

void pressure_facts(Facts& f, const std::vector<Slice>& slices) {
  const auto& w = f.episode.window;
  const auto asked = [](const Slice& s) { return s.asked; };
  const auto users = [](const Slice& s) { return s.users; };
  const auto completed = [](const Slice& s) { return s.completed; };
  const auto well = [](const Slice& s) { return s.well; };
  const auto in_window = [&](const Slice& s) { return inside(s, w); };
  f.asked_peak = peak(slices, asked, in_window);
  f.well_asked = peak(slices, asked, well);
  f.well_completed = peak(slices, completed, well);
  for (const auto& s : slices) f.well_seconds += s.well ? s.length : 0;
  const double users_in = peak(slices, users, in_window);
  const double users_well = peak(slices, users, well);
  f.new_high = f.asked_peak > 1.1 * f.well_asked || users_in > 1.1 * users_well;
  const auto elsewhere = [&](const Slice& s) {
    return s.from >= w.to || s.from + base::from_seconds(s.length) <= w.from;
  };
  f.capable = f.open && peak(slices, completed, elsewhere) >= f.asked_peak;
  f.outlasted = f.open && well_after(slices, w.to, 0.9 * f.asked_peak);
  double connections = 0;
  for (const auto& spec : f.timeline->plan().loads)
    if (spec.target == f.view->index && !spec.pace.slow()) connections += spec.connections;
  const bool full = static_cast<double>(f.in_flight_peak) >= 0.8 * connections;
  const bool queued = backlog_of(f) >= std::max(20.0, f.asked_peak);
  f.behind = !f.open || f.ended < 0.9 * f.asked || f.share_timeout > 0.2 || (full && queued);
}

// What failed in the window, slow clients among it.
void error_facts(Facts& f) {
  model::LoadCounters sum;
  for (const auto& s : f.view->load)
    if (2 * overlap(s.span, f.episode.window) >= s.second->length) sum += s.second->counters;
  const auto ended = static_cast<double>(sum.completed + sum.failed);
  if (ended <= 0) return;
  for (std::size_t i = 0; i < model::kLoadErrors; ++i)
    f.share[i] = static_cast<double>(sum.errors[i]) / ended;
  f.share_connect = static_cast<double>(sum.error(ErrorClass::connect)) / ended;
  f.share_5xx = static_cast<double>(sum.error(ErrorClass::http_5xx)) / ended;
}

void load_facts(Facts& f, const std::vector<Episode>& episodes) {
  const auto slices = slices_of(f, episodes);
  paced_facts(f, slices);
  const auto& w = f.episode.window;
  double length = 0;
  double timeouts = 0, stalled = 0, all = 0, ended = 0;
  std::vector<double> service;
  std::vector<double> base;
  for (const auto& s : f.view->load) {
    const double shared = base::seconds(overlap(s.span, w));
    const double own = base::seconds(s.second->length);
    if (s.paced || shared < 0.5 * own || own <= 0) continue;
    const auto& c = s.second->counters;
    f.open = f.open || s.open;
    f.asked += s.asked;
    f.due += s.due;
    f.completed += static_cast<double>(c.completed);
    ended += s.ended;
    timeouts += static_cast<double>(c.error(ErrorClass::timeout));
    f.in_flight_peak = std::max(f.in_flight_peak, s.second->in_flight);
    length += own;
    ++all;
    if (c.completed == 0 && s.second->in_flight > 0) ++stalled;
    if (s.second->service.count > 0) service.push_back(s.service_ms());
    if (s.base_ms > 0) base.push_back(s.base_ms);
  }
  f.loaded = all > 0 && (f.asked > 0 || ended > 0 || f.in_flight_peak > 0);
  if (!f.loaded) return;
  const double span = std::max(base::seconds(w.to - w.from), length / all);
  f.asked /= span;
  f.due /= span;
  f.completed /= span;
  f.ended = ended / span;
  f.stalled_share = stalled / all;
  if (ended > 0) f.share_timeout = timeouts / ended;
  f.service_ms = median(std::move(service));
  f.service_base_ms = median(std::move(base));
  pressure_facts(f, slices);
}

void wire_facts(Facts& f, const std::vector<Attack>& attacks) {
  const auto& w = f.episode.window;
  double inside = 0, outside = 0, rst_in = 0, rst_out = 0, syn_ack = 0;
  for (const auto& s : f.timeline->wire) {
    const double length = base::seconds(s.span.to - s.span.from);
    const auto rst = static_cast<double>(s.interval->rst);
    if (overlap(s.span, w) > base::Nanos(0)) {
      inside += length;
      rst_in += rst;
      syn_ack += static_cast<double>(s.interval->syn_ack);
    } else {
      outside += length;
      rst_out += rst;
    }
  }
  f.wire = inside > 0;
  if (f.wire) {
    f.rst_rate = rst_in / inside;
    f.syn_ack_rate = syn_ack / inside;
  }
  if (outside > 0) f.rst_base = rst_out / outside;
  for (const auto& a : attacks)
    if (a.concerns(f.view->index) && 2 * overlap(a.window, w) >= w.to - w.from &&
        a.window.from <= w.from + seconds(2) && a.window.to >= w.from)
      f.attacks.push_back(&a);
  for (const auto& d : f.timeline->evidence.detections) {
    const auto at = f.timeline->align.at(d.at);
    if (!d.behaviour && d.owner == model::Owner::other && at >= w.from - seconds(5) && at <= w.to)
      ++f.foreign_detections;
  }
}

void client_facts(Facts& f) {
  const auto& t = *f.timeline;
  for (const auto& c : t.evidence.client) {
    const auto from = t.align.at(c.start);
    if (from + c.length <= f.episode.window.from || from >= f.episode.window.to) continue;
    const auto lag = std::max(c.schedule_lag_p99, c.loop_lag_p99);
    f.client_lag_ms = std::max(f.client_lag_ms, base::millis(lag));
  }
}

void scrape_facts(Facts& f) {
  bool contradicted = false;
  for (const auto& s : f.view->scrapes) {
    if (!within(f.episode.window, s.span.from) || !s.speaks()) continue;
    auto name = name_of(*f.timeline, s);
    auto page = std::find_if(f.pages.begin(), f.pages.end(),
                             [&](const Facts::Page& p) { return p.name == name; });
    if (page == f.pages.end()) page = f.pages.insert(page, {.name = std::move(name), .word = {}});
    ++page->scrapes;
    if (s.up) ++page->up;
    if (s.up && s.service_up.value_or(false)) {
      ++f.service_up;
      ++page->says_up;
      page->word = s.word;
    }
    contradicted |= s.up && s.service_up == false;
  }
  if (contradicted) f.service_up = 0;
}

}  // namespace

const Attack* Facts::attack(model::Cause cause) const {
  for (const auto* a : attacks)
    if (a->cause == cause) return a;
  return nullptr;
}

const Facts::Page* Facts::witness() const {
  if (service_up == 0) return nullptr;
  const auto most = std::max_element(pages.begin(), pages.end(), [](const Page& a, const Page& b) {
    return a.says_up < b.says_up;
  });
  return most == pages.end() ? nullptr : &*most;
}

Facts gather(const Timeline& timeline, const TargetView& view, const std::vector<Episode>& episodes,
             std::size_t index, const std::vector<Attack>& attacks) {
  Facts f;
  f.timeline = &timeline;
  f.view = &view;
  f.episode = episodes[index];
  probe_facts(f);
  error_facts(f);
  load_facts(f, episodes);
  wire_facts(f, attacks);
  client_facts(f);
  scrape_facts(f);
  return f;
}

}  // namespace rampart::correlator
