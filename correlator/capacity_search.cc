#include "correlator/capacity_search.h"

#include <algorithm>

namespace rampart::correlator {
namespace {

using model::SearchEnd;
using model::TrialOutcome;

constexpr std::uint32_t kClientLimited = 2;  // trials at one rate

}  // namespace

CapacitySearch::CapacitySearch(const model::FindSpec& spec)
    : spec_(spec), most_trials_(model::most_trials(spec)), next_(spec.from) {}

const CapacitySearch::Votes* CapacitySearch::high() const {
  for (const auto& votes : rates_)
    if (votes.all() > 0 && !votes.holds()) return &votes;
  return nullptr;
}

const CapacitySearch::Votes* CapacitySearch::low() const {
  const Votes* best = nullptr;
  const Votes* ceiling = high();
  for (const auto& votes : rates_) {
    if (&votes == ceiling) break;
    if (votes.all() > 0) best = &votes;
  }
  return best;
}

std::optional<base::Rps> CapacitySearch::kept() const {
  const auto* votes = low();
  return votes == nullptr ? std::nullopt : std::optional(votes->rate);
}

std::optional<base::Rps> CapacitySearch::missed() const {
  const auto* votes = high();
  return votes == nullptr ? std::nullopt : std::optional(votes->rate);
}

void CapacitySearch::feed(base::Rps rate, TrialOutcome outcome) {
  if (ended_) return;
  ++trials_;
  auto at = std::lower_bound(rates_.begin(), rates_.end(), rate,
                             [](const Votes& votes, base::Rps r) { return votes.rate < r; });
  if (at == rates_.end() || at->rate != rate) {
    at = rates_.insert(at, Votes{});
    at->rate = rate;
  }
  switch (outcome) {
    case TrialOutcome::kept: ++at->kept; break;
    case TrialOutcome::missed: ++at->missed; break;
    case TrialOutcome::client_limited: ++at->limited; break;
  }
  decide(*at);
}

void CapacitySearch::decide(const Votes& last) {
  if (last.limited >= kClientLimited) return end(SearchEnd::client_limited);
  const auto* top = high();
  const auto* bottom = low();
  if (last.all() == 0) {
    next_ = last.rate;  // the client was the limit: once more
  } else if (bottom == nullptr) {
    // Not even the lowest rate held.
    if (top->all() >= spec_.repeats) return end(SearchEnd::none_kept);
    next_ = top->rate;
  } else if (top == nullptr) {
    bracket(*bottom);
  } else {
    narrow(*bottom, *top);
  }
  if (!ended_ && trials_ >= most_trials_) end(SearchEnd::unsteady);
}

void CapacitySearch::bracket(const Votes& low) {
  if (low.rate < spec_.most)
    next_ = base::Rps{std::min(2 * low.rate.per_second, spec_.most.per_second)};
  else if (low.all() < spec_.repeats)
    next_ = low.rate;
  else
    end(SearchEnd::at_most);
}

void CapacitySearch::narrow(const Votes& low, const Votes& high) {
  const double width = high.rate.per_second - low.rate.per_second;
  // A hair more, so that 5 % of 2000 is 100.
  if (width > spec_.precision.value * high.rate.per_second * (1 + 1e-9))
    next_ = base::Rps{low.rate.per_second + width / 2};
  else if (low.all() < spec_.repeats)
    next_ = low.rate;
  else if (high.all() < spec_.repeats)
    next_ = high.rate;
  else
    end(SearchEnd::found);
}

void CapacitySearch::end(SearchEnd how) {
  ended_ = how;
  next_.reset();
}

}  // namespace rampart::correlator
