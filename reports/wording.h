#pragma once

#include <string>
#include <string_view>

#include "model/result.h"

// What a result means, in the same sentences for every report.

namespace rampart::reports {

// An attack, and not one of this run's own canaries.
bool by_others(const model::Verdict& verdict);

// Trouble of what watches a service, while that was served.
bool only_monitoring(const model::Verdict& verdict);

// Whether a is to be spoken of before b: down before degraded before unknown before healthy, a
// service before what watches it, an attack that degrades before others of the same state, canaries
// last; of trouble the longer, then the later one, then the more confident.
bool worse(const model::Verdict& a, const model::Verdict& b);

// The verdict to speak of first. Null where there is none.
const model::Verdict* worst_verdict(const model::RunResult& result);

// "the server hangs: it accepts connections and does not answer"; empty for Cause::none.
std::string_view cause_meaning(model::Cause cause);

// "an objective was missed".
std::string exit_meaning(const model::RunResult& result);

// "cut off at 23.4 s: no stop was recorded ..."; empty where the run completed.
std::string end_text(const model::RunResult& result);

// "valid: ..." in words.
std::string validity_text(const model::RunResult& result);

}  // namespace rampart::reports
