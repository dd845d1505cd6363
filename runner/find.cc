#include "runner/find.h"

#include <algorithm>
#include <utility>

#include "correlator/judge_trial.h"
#include "model/trial.h"

namespace rampart::runner {

Find::Find(const model::Plan& plan, Rings& rings, const std::string& run_id,
           const base::Clock& clock)
    : plan_(plan), rings_(rings), run_id_(run_id), clock_(clock), search_(*plan.find) {}

base::Result<std::unique_ptr<Find>> Find::make(const model::Plan& plan, Rings& rings,
                                               const std::string& run_id,
                                               const base::Clock& clock) {
  std::unique_ptr<Find> out(new Find(plan, rings, run_id, clock));
  RAMPART_CHECK(out->prepare());
  return out;
}

base::Status Find::prepare() {
  RAMPART_TRY(trial_,
              HeldRate::make(plan_, *search_.next(), search_.trials(), rings_, run_id_, clock_));
  return {};
}

base::Result<bool> Find::poll(base::MonoTime now) {
  if (search_.ended()) return true;
  if (trial_ && trial_->over()) {
    end_trial(now);
    return search_.ended().has_value();
  }
  if (now < resume_ || (trial_ && trial_->started())) return false;
  if (!trial_) RAMPART_CHECK(prepare());
  began_ = now + model::kTrialLead;
  trial_->start(began_);
  return false;
}

void Find::end_trial(base::MonoTime now) {
  const auto figures = trial_->figures();
  auto trial = correlator::judge_trial(*plan_.find, search_.trials(), figures, usual_service_);
  if (trial.outcome == model::TrialOutcome::kept) {
    const auto median = figures.service.at(50);
    usual_service_ = usual_service_.count() == 0 ? median : std::min(usual_service_, median);
  } else {
    resume_ = now + model::kTrialRecovery;
  }
  search_.feed(trial.rate, trial.outcome);
  rings_.trials.push(std::move(trial));
  leave();
}

void Find::stop() {
  if (!trial_) return;
  trial_->stop();
  if (trial_->started()) leave();
}

void Find::leave() {
  trial_->stop();  // joins
  const auto rest = trial_->unfinished();
  unfinished_.in_flight += rest.in_flight;
  unfinished_.oldest = std::max(unfinished_.oldest, rest.oldest);
  unfinished_.answers_dropped += rest.answers_dropped;
  trial_.reset();
}

SearchProgress Find::progress() const {
  SearchProgress out;
  out.trial = search_.trials() + (search_.ended() ? 0 : 1);
  out.rate = search_.next().value_or(base::Rps{});
  out.kept = search_.kept();
  out.missed = search_.missed();
  out.began = trial_ && trial_->started() ? began_ : base::MonoTime::max();
  return out;
}

}  // namespace rampart::runner
