#include "probe/module/repeated_probe.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/units.h"
#include "probe/module/gauge.h"

namespace rampart::probe {

namespace {

std::string told(const ModuleOutcome& outcome) {
  const auto took = base::format_duration(outcome.duration);
  if (outcome.success) return fmt::format("succeeded after {}", took);
  return fmt::format("failed after {}: {}{}{}", took, model::to_string(outcome.reason),
                     outcome.detail.empty() ? "" : ": ", outcome.detail);
}

}  // namespace

RepeatedProbe::RepeatedProbe(const ModuleContext& context, Attempts attempts, base::Nanos timeout,
                             Make make)
    : clock_(context.clock),
      attempts_(attempts),
      timeout_(timeout),
      make_(std::move(make)),
      timer_(context.loop, *this) {
  RAMPART_ASSERT(attempts.needed >= 1 && attempts.needed <= attempts.most &&
                 attempts.most <= Attempts::kMost);
}

base::MonoTime RepeatedProbe::part(unsigned number) const {
  return begun_ + timeout_ * number / attempts_.most;
}

void RepeatedProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  begun_ = clock_.mono();
  attempt();
}

void RepeatedProbe::attempt() {
  constexpr base::Nanos kAtOnce{1};  // an attempt needs some time to fail in
  probe_ = make_(std::max(part(done_ + 1) - clock_.mono(), kAtOnce));
  probe_->start(*this);
}

// May be inside the attempt, which is kept until the timer begins the next one.
void RepeatedProbe::on_outcome(ModuleOutcome&& outcome) {
  ++done_;
  if (!outcome.success) ++failed_;
  const auto succeeded = done_ - failed_;
  const bool hopeless = outcome.reason == model::ProbeReason::not_permitted ||
                        outcome.reason == model::ProbeReason::bad_target ||
                        outcome.reason == model::ProbeReason::bad_module ||
                        outcome.reason == model::ProbeReason::local;
  if (succeeded >= attempts_.needed || failed_ > attempts_.most - attempts_.needed || hopeless)
    return finish(std::move(outcome));
  log_.push_back(fmt::format("attempt {} of {}: {}", done_, attempts_.most, told(outcome)));
  timer_.arm(outcome.success ? clock_.mono() : part(done_));
}

void RepeatedProbe::on_timer(net::Timer&) { attempt(); }

void RepeatedProbe::finish(ModuleOutcome&& outcome) {
  if (failed_ > 0 && done_ > 1)
    outcome.detail += fmt::format("{}{} of {} attempts failed", outcome.detail.empty() ? "" : "; ",
                                  failed_, done_);
  outcome.start = begun_;
  outcome.duration = clock_.mono() - begun_;
  outcome.families.push_back(
      gauge("probe_attempts", "How often the target was tried for this probe", done_));
  outcome.families.push_back(
      gauge("probe_attempts_failed", "How many of these attempts failed", failed_));
  outcome.log.insert(outcome.log.begin(), log_.begin(), log_.end());
  listener_->on_outcome(std::move(outcome));
}

}  // namespace rampart::probe
