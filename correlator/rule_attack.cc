// Attacks by others as the cause of an episode. Rampart's own traffic is already out: floods count
// foreign SYNs only, detections those of foreign packets only.
#include <fmt/core.h>

#include "correlator/rules.h"

namespace rampart::correlator {

Opinion judge_syn_flood(const Facts& f) {
  Opinion o{.cause = model::Cause::attack_syn_flood, .actor = model::Actor::attacker};
  const bool none_served = f.service.all >= 2 && f.service.succeeded == 0;
  o.state = none_served ? model::State::down : model::State::degraded;
  o.summary = "a SYN flood by others kept connections from being made";
  if (!f.wire) {
    o.because = "packets were not captured then, so it cannot be seen; nothing else points to it";
    return o;
  }
  if (!f.flood) {
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
