// Faults between the probe and the service: name, certificate, path.
#include <fmt/core.h>

#include "correlator/rules.h"

namespace rampart::correlator {
namespace {

// Causes that a failed probe or request names by itself.
Opinion named_by_failure(const Facts& f, model::Cause cause, Symptom symptom, std::string summary,
                         std::string because) {
  Opinion o{.cause = cause, .state = model::State::down, .summary = std::move(summary)};
  if (f.episode.symptom == symptom)
    o.score = 0.93;
  else
    o.because = std::move(because);
  // One of several servers, perhaps.
  if (f.completed > 0 && f.service.all == 0) o.state = model::State::degraded;
  return o;
}

}  // namespace

Opinion judge_tls_expired(const Facts& f) {
  return named_by_failure(f, model::Cause::fault_tls_expired, Symptom::tls_expired,
                          "the certificate has expired", "nothing met an expired certificate");
}

Opinion judge_tls_mismatch(const Facts& f) {
  return named_by_failure(f, model::Cause::fault_tls_mismatch, Symptom::tls_mismatch,
                          "the certificate is for another name",
                          "nothing met a certificate for another name");
}

Opinion judge_dns(const Facts& f) {
  return named_by_failure(f, model::Cause::fault_dns, Symptom::dns, "the name did not resolve",
                          "the name resolved");
}

Opinion judge_blackhole(const Facts& f) {
  Opinion o{.cause = model::Cause::fault_blackhole, .state = model::State::down};
  o.summary = "connections got no answer at all: packets were dropped on the way";
  if (f.episode.symptom != Symptom::no_connect) {
    o.because = "connections were answered";
    o.score = 0.05;
  } else if (f.attack(model::Cause::attack_syn_flood) != nullptr) {
    o.because = "a SYN flood explains it";
    o.score = 0.4;
  } else if (f.service.of(Symptom::no_connect) == 0) {
    o.because = "the service itself was reached";
    o.score = 0.3;
  } else if (f.loaded && f.stalled_share < 0.5 && f.well_completed > 0 &&
             f.completed > 0.5 * f.well_completed) {
    o.because = "requests on open connections were completed meanwhile";
    o.score = 0.35;
  } else {
    o.score = 0.7;
  }
  return o;
}

Opinion judge_reject(const Facts& f) {
  Opinion o{.cause = model::Cause::fault_reject, .state = model::State::down};
  o.summary = "connections were refused although the service says that it runs: a firewall rejects";
  if (f.episode.symptom != Symptom::refused) {
    o.because = "connections were not refused";
  } else if (f.service_up < 2) {
    o.because = "nothing inside said that the service still ran";
    o.score = 0.3;
  } else {
    o.score = 0.8;
    if (const auto* witness = f.witness())
      o.summary = fmt::format(
          "connections were refused although {} says that the service runs ({} 1): a firewall "
          "rejects",
          witness->name, witness->word);
  }
  return o;
}

}  // namespace rampart::correlator
