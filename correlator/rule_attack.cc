// Attacks by others as the cause of an episode. Rampart's own traffic is already out: floods count
// foreign SYNs only, detections those of foreign packets only.
#include <fmt/core.h>

#include "correlator/rules.h"

namespace rampart::correlator {
namespace {

constexpr double kPlausible = 0.5;
constexpr double kSeenOnTheWire = 0.92;

// How well an attack explains what was seen, by itself.
double fitness(model::Cause cause, Symptom symptom) {
  const bool unanswered = symptom == Symptom::silent || symptom == Symptom::no_connect;
  const bool busy = unanswered || symptom == Symptom::slow;
  switch (cause) {
    case model::Cause::attack_icmp_flood:
    case model::Cause::attack_udp_flood:  // the way to the server is full, for everything
      return busy || symptom == Symptom::other ? 0.65 : 0.3;
    case model::Cause::attack_http_flood:
      return busy || symptom == Symptom::http_5xx || symptom == Symptom::other ? 0.75 : 0.3;
    case model::Cause::attack_slow_http:  // every place is taken; the CPU is idle
      return unanswered || symptom == Symptom::other || symptom == Symptom::http_5xx ? 0.75 : 0.55;
    case model::Cause::attack_brute_force:  // hashing a password is slow on purpose
      return symptom == Symptom::slow ? 0.55 : 0.3;
    default: return 0.3;
  }
}

}  // namespace

Opinion judge_syn_flood(const Facts& f) {
  Opinion o{.cause = model::Cause::attack_syn_flood, .actor = model::Actor::attacker};
  const bool none_served = f.service.all >= 2 && f.service.succeeded == 0;
  o.state = none_served ? model::State::down : model::State::degraded;
  o.summary = "a SYN flood by others kept connections from being made";
  if (!f.wire) {
    o.because = "packets were not captured then, so it cannot be seen; nothing else points to it";
    return o;
  }
  const auto* flood = f.attack(o.cause);
  if (flood == nullptr) {
    o.because = "SYNs of others did not outnumber their handshakes";
    return o;
  }
  switch (f.episode.symptom) {
    case Symptom::no_connect: o.score = 0.9; break;
    case Symptom::slow:
      // Waiting for a connection is a flood's mark; slow answers at a load served well are too,
      // where nothing else came with them.
      o.score = f.connect_share > 0.5 ? 0.92 : 0.6;
      break;
    case Symptom::other: o.score = 0.6; break;
    default:
      o.score = 0.3;
      o.because = fmt::format("there was a flood, but it does not make a service '{}'",
                              to_string(f.episode.symptom));
  }
  return o;
}

std::vector<Opinion> judge_other_attacks(const Facts& f) {
  std::vector<Opinion> out;
  for (const auto* a : f.attacks) {
    if (a->cause == model::Cause::attack_syn_flood) continue;
    Opinion o{.cause = a->cause, .actor = model::Actor::attacker};
    const bool none_served = f.service.all >= 2 && f.service.succeeded == 0;
    o.state = none_served ? model::State::down : model::State::degraded;
    o.summary = a->what + " kept users from being served";
    o.score = fitness(a->cause, f.episode.symptom);
    // What strangers suffered on the wire at the same time leaves little doubt.
    if (o.score > kPlausible && a->degrading) o.score = kSeenOnTheWire;
    if (o.score <= kPlausible)
      o.because = fmt::format("{}, but it does not make a service '{}'", a->what,
                              to_string(f.episode.symptom));
    out.push_back(std::move(o));
  }
  return out;
}

Opinion judge_signature(const Facts& f) {
  Opinion o{.cause = model::Cause::attack_signature, .actor = model::Actor::attacker};
  o.summary = fmt::format(
      "{} detections in the traffic of others, and nothing else explains the "
      "trouble",
      f.foreign_detections);
  if (f.foreign_detections == 0) {
    o.because = "no rule matched the traffic of others";
  } else {
    // Any better explanation stands above it.
    o.score = 0.5;
    o.because = "rules matched, but another cause explains the trouble better";
  }
  return o;
}

}  // namespace rampart::correlator
