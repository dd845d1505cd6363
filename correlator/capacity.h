#pragma once

#include <optional>
#include <vector>

#include "correlator/timeline.h"
#include "model/capacity.h"

namespace rampart::correlator {

// The answer of the plan's capacity search from the recorded trials. Nothing where the plan has no
// search. A run that was cut off gives the bracket that it had come to.
std::optional<model::CapacityResult> conclude_capacity(const Timeline& t);

// Trouble that the search itself made, and so no verdict: slowness while rates were tried, and any
// trouble within a trial that was missed. What goes on after such a trial is a verdict.
bool is_searching(const Timeline& t, const model::TimeSpan& window, Symptom symptom);

// "p99 < 250 ms, errors < 1 %".
std::string limits_text(const model::FindSpec& find);

}  // namespace rampart::correlator
