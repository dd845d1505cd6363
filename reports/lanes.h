#pragma once

#include "model/result.h"
#include "reports/lane.h"
#include "reports/run_axis.h"

// From evidence to lanes. A source that recorded nothing has no lane.

namespace rampart::reports {

void add_load_lanes(std::vector<Lane>& lanes, const model::Evidence& evidence, const RunAxis& axis);
void add_watch_lanes(Timeline& timeline, const model::Evidence& evidence,
                     const RunAxis& axis);  // probes, up, scraped series where they are few
void add_wire_lanes(std::vector<Lane>& lanes, const model::Evidence& evidence, const RunAxis& axis);

// All lanes in reading order and the verdicts that are not healthy.
Timeline timeline_of(const model::RunResult& result, const model::Evidence& evidence);

}  // namespace rampart::reports
