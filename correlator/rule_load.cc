// Is our own load the cause? Two witnesses: the rate (was as much served well at another time of
// the run?) and the achieved throughput (a server past its knee keeps completing at its capacity, a
// broken one completes less than it did).
#include <fmt/core.h>

#include "base/units.h"
#include "correlator/rules.h"

namespace rampart::correlator {
namespace {

std::string rate(double per_second) { return base::format_count(per_second) + "/s"; }

// Completions against the best that was completed while all was well; 1 where nothing was.
double held(const Facts& f) { return f.well_completed > 0 ? f.completed / f.well_completed : 1; }

// Others got no answer, or were turned away, while slow clients kept more places than the target
// was ever seen to bear.
bool starved(const Facts& f) {
  const auto s = f.episode.symptom;
  return f.crowded() && (s == Symptom::silent || s == Symptom::no_connect ||
                         (s == Symptom::other && f.service.of(s) > 0));
}

double overload_score(const Facts& f, std::string& because) {
  if (starved(f)) return 0.7;
  if (!f.loaded) {
    because = "no load of this run was on the target";
    return 0;
  }
  if (f.episode.symptom == Symptom::refused) {
    because = "an overloaded service still has a listener; connections were refused";
    return 0.15;
  }
  if (f.episode.symptom == Symptom::tls_expired || f.episode.symptom == Symptom::tls_mismatch) {
    because = "no load makes a certificate wrong";
    return 0.05;
  }
  if (f.stalled_share > 0.5 || f.completed <= 0 ||
      (f.episode.symptom == Symptom::silent && f.completed < 1)) {
    because = "nothing at all was completed; an overloaded service completes at its capacity";
    return 0.15;
  }
  if (!f.new_high) {
    because = f.open ? fmt::format(
                           "{} was asked for in the window, and {} was served well at "
                           "another time of the run",
                           rate(f.asked_peak), rate(f.well_asked))
                     : "the same number of users was served well at another time of the run";
    return 0.1;
  }
  if (f.capable && held(f) < 0.8) {
    because =
        fmt::format("at another time of the run {} and more were completed", rate(f.asked_peak));
    return 0.2;
  }
  if (f.outlasted) {
    because = "it ended while the load went on at the same rate";
    return 0.2;
  }
  if (f.episode.symptom == Symptom::http_5xx ||
      (f.episode.symptom == Symptom::other && !f.behind)) {
    // Shedding: errors take what is above the capacity, and completions stay flat.
    const bool flat = f.well_completed > 0 && held(f) > 0.85 && held(f) < 1.15;
    because = "the errors did not leave a flat, full throughput as shedding does";
    return flat && f.asked > 1.3 * f.well_completed ? 0.9 : 0.3;
  }
  if (!f.behind) {
    because =
        fmt::format("{} of {} asked for was still completed", rate(f.completed), rate(f.asked));
    return f.constant_shift ? 0.4 : 0.58;
  }
  if (held(f) < 0.3) {
    because = fmt::format("throughput fell to {}, far below the {} that was completed before",
                          rate(f.completed), rate(f.well_completed));
    return 0.45;
  }
  if (held(f) < 0.6) return 0.62;
  return f.well_seconds > 0 ? 0.92 : 0.75;
}

double slow_score(const Facts& f, std::string& because) {
  if (f.episode.symptom != Symptom::slow) {
    because = fmt::format("the trouble was '{}', not slow answers", to_string(f.episode.symptom));
    return f.episode.symptom == Symptom::silent ? 0.3 : 0.1;
  }
  if (!f.loaded) return f.constant_shift ? 0.88 : 0.8;
  const double took = f.probe_ms > 0 ? f.probe_ms : f.service_ms;
  if (f.client_lag_ms > 0.3 * took) {
    because = fmt::format("the load generator's own host stalled meanwhile: it was up to {} late",
                          base::format_duration(base::from_seconds(f.client_lag_ms / 1e3)));
    return 0.3;
  }
  if (!f.new_high || f.outlasted || (f.capable && held(f) < 0.8)) return 0.85;
  because = fmt::format("it came with a load higher than any that was served well ({} against {})",
                        rate(f.asked_peak), rate(f.well_asked));
  if (!f.behind) return f.constant_shift ? 0.65 : 0.45;
  return held(f) < 0.3 ? 0.6 : 0.3;
}

}  // namespace

Opinion judge_overload(const Facts& f) {
  Opinion o{.cause = model::Cause::overload_self, .actor = model::Actor::own};
  o.score = overload_score(f, o.because);
  if (o.because.empty()) o.because = "the throughput fits a broken service as well";
  const bool none_served = f.service.all >= 3 && f.service.succeeded == 0;
  o.state = none_served ? model::State::down : model::State::degraded;
  if (starved(f))
    o.summary = fmt::format(
        "our own slow clients, up to {:.0f} requests at a time, left others without an answer",
        f.paced);
  else
    o.summary =
        f.open
            ? fmt::format("our own load went past the capacity: up to {} asked for, {} completed",
                          rate(f.asked_peak), rate(f.completed))
            : fmt::format("our own load took the whole capacity: {} completed, the rest waited",
                          rate(f.completed));
  return o;
}

Opinion judge_slow(const Facts& f) {
  Opinion o{.cause = model::Cause::fault_slow};
  o.score = slow_score(f, o.because);
  const double now = f.probe_ms > 0 ? f.probe_ms : f.service_ms;
  const double base = f.probe_ms > 0 ? f.probe_base_ms : f.service_base_ms;
  const std::string_view circumstances = !f.loaded && f.paced <= 0 ? ", without any load of ours"
                                         : !f.loaded               ? ", beside slow clients of ours"
                                         : f.new_high              ? ""
                                                      : ", at a load that was served well at "
                                                        "other times";
  o.summary = fmt::format("answers came, but took {} instead of {}{}",
                          base::format_duration(base::from_seconds(now / 1e3)),
                          base::format_duration(base::from_seconds(base / 1e3)), circumstances);
  return o;
}

}  // namespace rampart::correlator
