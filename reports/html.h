#pragma once

#include <string>

#include "model/evidence.h"
#include "model/result.h"

namespace rampart::reports {

// One self-contained page: no script, no outside reference, every chart inline SVG, below 2 MB for
// runs of hours (series are decimated to their extremes). All strings of the run are escaped.
std::string render_html(const model::RunResult& result, const model::Evidence& evidence);

}  // namespace rampart::reports
