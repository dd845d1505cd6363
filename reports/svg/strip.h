#pragma once

#include "reports/lane.h"
#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"

namespace rampart::reports::svg {

// Good stretches are a low bar, failed ones a tall block with the reason in it or beside it
// where there is room: told apart by shape as well as by colour.
void draw_strip(Canvas& canvas, const std::vector<Stretch>& strip, const Box& plot,
                const Scale& time);

// Circles, triangles and ticks on the middle line of `plot`.
void draw_marks(Canvas& canvas, const std::vector<Mark>& marks, const Box& plot, const Scale& time);

}  // namespace rampart::reports::svg
