#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/units.h"
#include "model/plan.h"

// The trials of a capacity search, as a run records them, and how long they take.

namespace rampart::model {

enum class TrialOutcome : std::uint8_t {
  kept,           // the limits held
  missed,         // one did not, and the server is the reason
  client_limited  // one did not, and it may be the load generator's doing: no word on the server
};
std::string_view to_string(TrialOutcome outcome);
std::optional<TrialOutcome> trial_outcome_from(std::string_view name);

// One rate, held for FindSpec::step. All figures are of the judged part, which follows the warm-up.
// Rate and counts are of arrivals: of whole flows where the load is one, else of requests. Latency
// is that of requests.
struct Trial {
  std::uint32_t position = 0;  // from 0, in the order of the run
  base::Rps rate;              // asked for
  base::MonoTime from;         // the judged part
  base::MonoTime to;
  std::uint64_t offered = 0;    // arrivals that came due
  std::uint64_t completed = 0;  // answered as expected, to the last request
  std::uint64_t failed = 0;
  std::uint64_t missed = 0;  // of the whole trial: came due and never left
  base::Nanos p50{0};        // latency; 0 where nothing was answered
  base::Nanos p99{0};
  base::Nanos max{0};
  TrialOutcome outcome = TrialOutcome::kept;
  // What did not hold, for people: "p99 312 ms"; empty where kept. Where the client was the limit
  // it begins with the word for it (ClientSummary::limited_by): "cpu: requests left 23 ms late
  // ...".
  std::string limited_by;

  // Whether there is a latency: something was answered, or waited for until its timeout.
  [[nodiscard]] bool measured() const { return max.count() > 0; }
};

// The first part of each trial, which is not judged: a fifth of the step in whole seconds, at least
// one.
base::Nanos warm_up(const FindSpec& find);

// The most trials that a search takes before it gives up, and the most time that they take.
std::uint32_t most_trials(const FindSpec& find);
base::Nanos longest(const FindSpec& find);

// Between two trials: threads start and connect; after a rate that was too much the server gets
// time to recover; a trial goes on for a moment after its judged part, so that this is whole.
inline constexpr base::Nanos kTrialLead = std::chrono::milliseconds(150);
inline constexpr base::Nanos kTrialTail = std::chrono::milliseconds(100);
inline constexpr base::Nanos kTrialDrain = std::chrono::milliseconds(500);  // at most
inline constexpr base::Nanos kTrialRecovery = std::chrono::seconds(1);

}  // namespace rampart::model
