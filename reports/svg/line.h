#pragma once

#include <string>

#include "reports/lane.h"
#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"

namespace rampart::reports::svg {

// Path data of steps: each sample holds over its time. A sample without a value, or a hole longer
// than half a sample, breaks the line.
std::string step_path(const Series& series, const Scale& time, const Scale& value);

// The same, closed down to the base line: the area under the steps.
std::string area_path(const Series& series, const Scale& time, const Scale& value);

// Stacked steps as areas, one per series, bottom first. All series must have the same sample times.
void stacked_areas(Canvas& canvas, const std::vector<Series>& series, const Scale& time,
                   const Scale& value);

}  // namespace rampart::reports::svg
