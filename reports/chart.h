#pragma once

#include <string>

#include "base/histogram.h"
#include "reports/lane.h"

// Charts as inline SVG. Looks come from the page's style sheet (templates/style.css).

namespace rampart::reports {

struct ChartSize {
  double width = 1120;
  double left = 58;  // room for the values of the axes
  double right = 10;
  int ticks = 12;       // of time, at most
  std::string id = {};  // prefix for ids, one per chart on a page
};

// All lanes above each other on one time axis, with the verdicts across them.
std::string draw_timeline(const Timeline& timeline, const ChartSize& size);

struct Distribution {
  std::string name;
  std::string style;
  const base::Histogram* histogram = nullptr;  // borrowed
};

// Latency by percentile, as HdrHistogram's plots: x is 1 / (1 - p) on a logarithmic scale, so that
// each further nine takes the same room. Ends where less than one request is left.
std::string draw_percentiles(const std::vector<Distribution>& distributions, const ChartSize& size);

}  // namespace rampart::reports
