// Faults of the service itself: gone, stuck, or answering with errors.
#include <fmt/core.h>

#include "correlator/rules.h"

namespace rampart::correlator {
namespace {

std::size_t failed(const Facts& f) { return f.service.all - f.service.succeeded; }

// Of the failing service probes, the share that shows the symptom; 0 where none failed.
double share(const Facts& f, Symptom s) {
  const auto all = failed(f);
  return all == 0 ? 0 : static_cast<double>(f.service.of(s)) / static_cast<double>(all);
}

std::string not_leading(const Facts& f) {
  return fmt::format("the leading symptom was '{}'", to_string(f.episode.symptom));
}

}  // namespace

Opinion judge_process_down(const Facts& f) {
  Opinion o{.cause = model::Cause::fault_process_down, .state = model::State::down};
  o.summary = "connections were refused: no process listened";
  if (f.episode.symptom != Symptom::refused) {
    const bool connected = f.below.succeeded > 0 || f.service.of(Symptom::silent) > 0;
    o.because = connected ? "connections were accepted, so a process listened" : not_leading(f);
    o.score = 0.1;
    return o;
  }
  if (f.service.all > 0 && share(f, Symptom::refused) < 0.5) {
    o.score = 0.3;
    o.because = "the load was refused, but probes were not";
    return o;
  }
  o.score = 0.85;
  if (f.service_up >= 2) {
    o.score = 0.5;
    o.because = "the service's own status page said that it ran";
    return o;
  }
  if (f.share_connect > 0.3) o.score += 0.06;
  if (f.rst_rate > 3 * f.rst_base && f.rst_rate > 0) o.score += 0.05;
  if (f.below.of(Symptom::refused) > 0) o.score += 0.03;
  return o;
}

Opinion judge_hang(const Facts& f) {
  Opinion o{.cause = model::Cause::fault_hang, .state = model::State::down};
  o.summary = "connections were accepted, but no request was answered: the process hung";
  if (f.episode.symptom == Symptom::slow && f.same_end) {
    o.score = f.stalled_share > 0.3 || !f.loaded ? 0.9 : 0.5;
    o.because = "other requests were answered in between";
    return o;
  }
  if (f.episode.symptom != Symptom::silent) {
    o.score = 0.1;
    o.because = not_leading(f);
    return o;
  }
  const bool tcp_ok = f.below.succeeded > 0;
  const bool wire_ok = f.wire && f.syn_ack_rate > 0;
  if (f.loaded && f.stalled_share < 0.4 && f.completed > 0.2 * f.due) {
    o.score = 0.3;
    o.because = fmt::format("{:.0f} requests per second were completed meanwhile", f.completed);
    return o;
  }
  // Load alone cannot tell a hang from a network that eats answers.
  if (f.service.all == 0)
    o.score = 0.72;
  else
    o.score = f.loaded ? 0.86 : 0.78;
  if (f.service.all > 0 && f.service.of(Symptom::silent) + f.service.of(Symptom::slow) == 0) {
    o.score = 0.3;
    o.because = "probes were answered meanwhile";
    return o;
  }
  if (tcp_ok) o.score += 0.08;
  if (wire_ok) o.score += 0.04;
  if (f.crowded()) {
    o.score = 0.45;
    o.because = "it came with more slow clients of ours than the target was ever seen to bear";
  }
  return o;
}

Opinion judge_http_5xx(const Facts& f) {
  Opinion o{.cause = model::Cause::fault_http_5xx};
  o.summary = "the service answered with its own error (HTTP 5xx)";
  const bool all_failed = f.service.all > 0 && f.service.succeeded == 0;
  o.state = all_failed || (f.service.all == 0 && f.share_5xx > 0.9) ? model::State::down
                                                                    : model::State::degraded;
  if (f.episode.symptom != Symptom::http_5xx) {
    o.score = 0.1;
    o.because = f.service.of(Symptom::http_5xx) == 0 && f.share_5xx < 0.01
                    ? "no answer had a status of 500 or above"
                    : not_leading(f);
    return o;
  }
  o.score = 0.87;
  if (f.service.of(Symptom::http_5xx) > 0 && f.share_5xx > 0.05) o.score += 0.06;
  return o;
}

}  // namespace rampart::correlator
