#pragma once

#include "reports/lane.h"
#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"

namespace rampart::reports::svg {

// Height that the labels of the bands need above the lanes.
inline constexpr double kBandHeader = 26;

// The verdicts as tinted columns over `plot`, to be drawn before the lanes.
void draw_bands(Canvas& canvas, const std::vector<Band>& bands, const Box& plot, const Scale& time);

// Their labels in the header above: number and cause, the number alone where there is no room.
void draw_band_labels(Canvas& canvas, const std::vector<Band>& bands, const Box& plot,
                      const Scale& time);

// Hatching where nothing was watched.
void draw_gaps(Canvas& canvas, const std::vector<Span>& gaps, const Box& plot, const Scale& time,
               std::string_view pattern_id);

}  // namespace rampart::reports::svg
