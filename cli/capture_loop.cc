#include "cli/capture_loop.h"

#include <csignal>

#include "base/log.h"

namespace rampart::cli {

using namespace std::chrono_literals;

bool Orders::follow(const runner::PipelineGroup& pipeline) {
  if (const int asked = reloads_.count(); asked != reloads_done_) {
    reloads_done_ = asked;
    base::log::warn("SIGUSR2: rules are read at the start; start anew for changed ones");
  }
  const int asked = hangups_.count();
  if (asked == hangups_done_) return true;
  hangups_done_ = asked;
  if (hangups_.terminal_is_gone()) return false;
  if (const auto reopened = pipeline.reopen_eve(); !reopened)
    base::log::warn("SIGHUP: {}; events go on into the file that is open", reopened.error().text);
  return true;
}

End capture(runner::PipelineGroup& pipeline, const Signals& signals, Orders& orders,
            base::Nanos limit, const base::Clock& clock) {
  End out;
  const auto until = limit > 0s ? clock.mono() + limit : base::MonoTime::max();
  while (signals.count() == 0 && clock.mono() < until) {
    if (!orders.follow(pipeline)) {
      out.signal = SIGHUP;
      break;
    }
    const auto state = pipeline.poll();
    if (!state) out.broken = base::fail(state.error());
    if (!state || *state == sniffer::PollState::finished) break;
  }
  if (signals.count() > 0) out.signal = signals.last();
  pipeline.finish();
  return out;
}

}  // namespace rampart::cli
