#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/chart.h"
#include "reports/svg/axis.h"
#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"

namespace rampart::reports {
namespace {

using svg::Anchor;
using svg::Box;
using svg::Canvas;
using svg::Scale;

constexpr double kPlotHeight = 220;
constexpr double kTop = 26;

struct Mark {
  double percentile;
  const char* label;
};
constexpr std::array<Mark, 8> kMarks{{{0, "min"},
                                      {50, "p50"},
                                      {90, "p90"},
                                      {99, "p99"},
                                      {99.9, "p99.9"},
                                      {99.99, "p99.99"},
                                      {99.999, "p99.999"},
                                      {99.9999, "p99.9999"}}};

double odds(double percentile) { return 1 / (1 - percentile / 100); }

std::string curve(const base::Histogram& h, const Scale& across, const Scale& up) {
  std::string path;
  const double last = static_cast<double>(h.count());
  constexpr int kSteps = 240;
  for (int i = 0; i <= kSteps; ++i) {
    const double x = std::pow(last, static_cast<double>(i) / kSteps);
    const double ms = base::millis(h.at(100 * (1 - 1 / x)));
    path += fmt::format("{}{} {}", i == 0 ? "M" : "L", svg::number(across.at(x)),
                        svg::number(up.at(ms)));
  }
  return path;
}

void marks(Canvas& canvas, const Box& plot, const Scale& across) {
  for (const auto& mark : kMarks) {
    if (odds(mark.percentile) > across.high() * 1.001) continue;
    const double x = across.at(odds(mark.percentile));
    canvas.line(x, plot.y, x, plot.bottom(), "grid");
    const bool last = x > plot.right() - 20;
    canvas.text(x, plot.bottom() + 15, last ? Anchor::end : Anchor::middle, "tick", mark.label);
  }
}

}  // namespace

std::string draw_percentiles(const std::vector<Distribution>& distributions,
                             const ChartSize& size) {
  double most = 0;
  double least = 1e12;
  double count = 10;
  for (const auto& d : distributions) {
    if (d.histogram->empty()) continue;
    most = std::max(most, base::millis(d.histogram->max()));
    least = std::min(least, base::millis(std::max(d.histogram->min(), base::Nanos(1))));
    count = std::max(count, static_cast<double>(d.histogram->count()));
  }
  if (most <= 0) return "";
  const Box plot{size.left, kTop, size.width - size.left - size.right, kPlotHeight};
  const bool log = most > 20 * least;
  const auto up = log ? Scale::logarithmic(least / 1.15, most * 1.15, plot.bottom(), plot.y)
                      : Scale::linear(0, most * 1.06, plot.bottom(), plot.y);
  const auto across = Scale::logarithmic(1, count, plot.x, plot.right());
  Canvas canvas;
  canvas.raw(fmt::format(
      R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">)"
      R"(<title id="{}-t">Latency by percentile</title><desc id="{}-d">Latency against percentile, )"
      R"(the figures are in the table above.</desc>)",
      svg::number(size.width), svg::number(plot.bottom() + 22), size.id, size.id, size.id,
      size.id));
  svg::value_axis(canvas, plot, up, log, "ms");
  marks(canvas, plot, across);
  double legend = plot.x;
  for (const auto& d : distributions) {
    if (d.histogram->empty()) continue;
    canvas.path(curve(*d.histogram, across, up), "line " + d.style);
    canvas.line(legend, 10, legend + 20, 10, "line " + d.style);
    canvas.text(legend + 26, 14, Anchor::start, "legend", d.name);
    legend += 26 + svg::text_width(d.name) + 18;
  }
  canvas.raw("</svg>");
  return canvas.take();
}

}  // namespace rampart::reports
