#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/units.h"
#include "model/capacity.h"
#include "model/plan.h"

namespace rampart::correlator {

// Searches the highest rate at which limits hold, from the outcomes of trials alone: no clock, no
// I/O. The same trials give the same answer, so that a stored run is concluded like a fresh one.
//
// The rate is doubled from FindSpec::from until a trial misses a limit; then the bracket between
// the highest rate kept and the lowest one missed is halved until it is no wider than the
// precision. Each rate has one vote per trial, and the majority decides (a tie counts as missed). A
// single vote may be luck, so both ends of the last bracket are tried until they have
// FindSpec::repeats votes; where the majority of one of them turns over, the search goes on from
// there. A trial in which the client was the limit has no vote and is repeated once.
class CapacitySearch {
 public:
  explicit CapacitySearch(const model::FindSpec& spec);

  // The rate to try next; nothing where the search is over.
  [[nodiscard]] std::optional<base::Rps> next() const { return next_; }
  // How it ended; nothing while it goes on. Never SearchEnd::interrupted.
  [[nodiscard]] std::optional<model::SearchEnd> ended() const { return ended_; }
  // What the trial at next() came to. Ignored once the search is over.
  void feed(base::Rps rate, model::TrialOutcome outcome);

  // The bracket so far: the highest rate kept below the lowest one missed.
  [[nodiscard]] std::optional<base::Rps> kept() const;
  [[nodiscard]] std::optional<base::Rps> missed() const;
  [[nodiscard]] std::uint32_t trials() const { return trials_; }

 private:
  struct Votes {
    base::Rps rate;
    std::uint32_t kept = 0;
    std::uint32_t missed = 0;
    std::uint32_t limited = 0;
    [[nodiscard]] std::uint32_t all() const { return kept + missed; }
    [[nodiscard]] bool holds() const { return kept > missed; }
  };

  [[nodiscard]] const Votes* low() const;
  [[nodiscard]] const Votes* high() const;
  void decide(const Votes& last);
  void bracket(const Votes& low);
  void narrow(const Votes& low, const Votes& high);
  void end(model::SearchEnd how);

  const model::FindSpec spec_;
  const std::uint32_t most_trials_;
  std::vector<Votes> rates_;  // tried, lowest first
  std::uint32_t trials_ = 0;
  std::optional<base::Rps> next_;
  std::optional<model::SearchEnd> ended_;
};

}  // namespace rampart::correlator
