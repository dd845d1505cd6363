#pragma once

#include <string>

#include "model/capacity.h"
#include "reports/chart.h"
#include "reports/page_table.h"
#include "reports/text_table.h"

// A capacity search for people.

namespace rampart::reports {

// "capacity: 1,980/s (95 %: 1,950 to 2,010), p99 < 250 ms holds up to there; 14 trials in 71 s", or
// how else the search ended.
std::string capacity_text(const model::CapacityResult& capacity);

// The trials by rate, those of one rate by time.
TextTable trial_table(const model::CapacityResult& capacity);
PageTable trial_page_table(const model::CapacityResult& capacity);

// Latency over rate: each trial's p50 and p99, those that missed a limit hollow, and the bracket of
// the capacity. Empty where no trial has a latency.
std::string draw_capacity(const model::CapacityResult& capacity, const ChartSize& size);

}  // namespace rampart::reports
