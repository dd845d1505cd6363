#include "correlator/exit_code.h"

#include <algorithm>

namespace rampart::correlator {
namespace {

bool found(const model::CapacityResult& capacity) {
  return capacity.ended == model::SearchEnd::found || capacity.ended == model::SearchEnd::at_most;
}

}  // namespace

int exit_code(const model::RunResult& r) {
  const auto any_outcome = [&](model::Outcome outcome) {
    return std::any_of(r.objectives.begin(), r.objectives.end(),
                       [&](const auto& o) { return o.outcome == outcome; });
  };
  const bool attacked = std::any_of(r.verdicts.begin(), r.verdicts.end(), [](const auto& v) {
    return model::is_attack(v.cause) && v.impact == model::Impact::degrading;
  });
  // A dead server must not pass a gate only because nobody set an objective for it.
  const bool unanswered = std::any_of(r.load.begin(), r.load.end(), model::never_answered);
  if (r.run.end == model::RunEnd::failed) return 1;
  if (r.run.end == model::RunEnd::interrupted) return r.run.end_signal == 15 ? 143 : 130;
  if (r.validity == model::Validity::client_limited) return 5;
  if (attacked) return 4;
  if (r.capacity) return found(*r.capacity) ? 0 : 6;
  if (any_outcome(model::Outcome::missed)) return 3;
  if (any_outcome(model::Outcome::undecided) || unanswered) return 6;
  return 0;
}

}  // namespace rampart::correlator
