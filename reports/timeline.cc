#include <algorithm>

#include "reports/lanes.h"

namespace rampart::reports {

Timeline timeline_of(const model::RunResult& result, const model::Evidence& evidence) {
  const RunAxis axis(evidence);
  Timeline timeline;
  timeline.seconds = axis.seconds();
  add_load_lanes(timeline.lanes, evidence, axis);
  add_watch_lanes(timeline, evidence, axis);
  add_wire_lanes(timeline.lanes, evidence, axis);
  for (auto& lane : timeline.lanes) {
    if (lane.kind != Lane::Kind::lines && lane.kind != Lane::Kind::bars) continue;
    if (!lane.series.empty()) lane.gaps = gaps_of(lane.series, timeline.seconds);
    for (auto& series : lane.series)
      series.samples = decimate(std::move(series.samples), timeline.seconds);
  }
  int number = 0;
  for (const auto& verdict : result.verdicts) {
    ++number;
    // What did no harm (a canary, an attack that was absorbed) has its marks in the alert lane.
    if (verdict.state == model::State::healthy) continue;
    const auto name =
        verdict.cause == model::Cause::none ? to_string(verdict.state) : to_string(verdict.cause);
    timeline.bands.push_back(
        {{std::clamp(base::seconds(verdict.window.from), 0.0, timeline.seconds),
          std::clamp(base::seconds(verdict.window.to), 0.0, timeline.seconds)},
         number,
         std::string(name),
         verdict.state});
  }
  return timeline;
}

}  // namespace rampart::reports
