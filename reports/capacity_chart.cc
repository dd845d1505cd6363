#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reports/capacity_tables.h"
#include "reports/svg/axis.h"
#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"

namespace rampart::reports {
namespace {

using model::TrialOutcome;
using svg::Anchor;
using svg::Box;
using svg::Canvas;
using svg::Scale;

constexpr double kPlotHeight = 220;
constexpr double kTop = 26;
constexpr double kDot = 3.5;

struct Curve {
  const char* name;
  const char* style;
  base::Nanos model::Trial::* value;
};
constexpr Curve kCurves[] = {{"p50", "p50", &model::Trial::p50},
                             {"p99", "p99", &model::Trial::p99}};

double ms(base::Nanos value) { return base::millis(value); }

// Trials with a latency, by rate.
std::vector<const model::Trial*> answered(const model::CapacityResult& capacity) {
  std::vector<const model::Trial*> trials;
  for (const auto& tried : capacity.trials)
    if (tried.trial.measured() && tried.trial.p50.count() > 0 && tried.trial.rate.per_second > 0)
      trials.push_back(&tried.trial);
  std::stable_sort(trials.begin(), trials.end(),
                   [](const auto* a, const auto* b) { return a->rate < b->rate; });
  return trials;
}

// Through the median of the trials at each rate.
std::string path_of(const std::vector<const model::Trial*>& trials, const Curve& curve,
                    const Scale& across, const Scale& up) {
  std::string path;
  for (std::size_t i = 0; i < trials.size();) {
    std::vector<base::Nanos> values;
    const auto rate = trials[i]->rate;
    for (; i < trials.size() && trials[i]->rate == rate; ++i)
      values.push_back(trials[i]->*curve.value);
    std::sort(values.begin(), values.end());
    path +=
        fmt::format("{}{} {}", path.empty() ? "M" : "L", svg::number(across.at(rate.per_second)),
                    svg::number(up.at(ms(values[values.size() / 2]))));
  }
  return path;
}

void dot(Canvas& canvas, double x, double y, std::string_view style, std::string_view hint) {
  canvas.path(fmt::format("M{} {}a{} {} 0 1 0 {} 0a{} {} 0 1 0 -{} 0Z", svg::number(x - kDot),
                          svg::number(y), kDot, kDot, 2 * kDot, kDot, kDot, 2 * kDot),
              style, hint);
}

void draw_curve(Canvas& canvas, const std::vector<const model::Trial*>& trials, const Curve& curve,
                const Scale& across, const Scale& up) {
  canvas.path(path_of(trials, curve, across, up), fmt::format("line {}", curve.style));
  for (const auto* trial : trials) {
    const auto value = trial->*curve.value;
    dot(canvas, across.at(trial->rate.per_second), up.at(ms(value)),
        fmt::format("dot {}{}", curve.style, trial->outcome == TrialOutcome::kept ? "" : " missed"),
        fmt::format("{:.0f}/s: {} {}", trial->rate.per_second, curve.name,
                    base::format_duration(value)));
  }
}

void rate_axis(Canvas& canvas, const Box& plot, const Scale& across) {
  for (const double rate : svg::log_ticks(across.low(), across.high())) {
    const double x = across.at(rate);
    canvas.line(x, plot.y, x, plot.bottom(), "grid");
    const bool last = x > plot.right() - 20;
    canvas.text(x, plot.bottom() + 15, last ? Anchor::end : Anchor::middle, "tick",
                svg::tick_label(rate) + "/s");
  }
}

// Where the limits still held, and where they no longer did.
void knee(Canvas& canvas, const Box& plot, const Scale& across, const model::CapacityResult& c) {
  if (c.rate <= 0) return;
  const double x = across.at(c.rate);
  if (c.high)
    canvas.rect({x, plot.y, std::max(across.at(*c.high) - x, 1.0), plot.height}, "bracket",
                fmt::format("the capacity lies between {:.0f}/s and {:.0f}/s", c.rate, *c.high));
  canvas.line(x, plot.y, x, plot.bottom(), "knee");
  const bool right = x > plot.x + plot.width / 2;
  canvas.text(x + (right ? -6 : 6), plot.y + 12, right ? Anchor::end : Anchor::start, "legend",
              fmt::format("{:.0f}/s kept", c.rate));
}

}  // namespace

std::string draw_capacity(const model::CapacityResult& capacity, const ChartSize& size) {
  const auto trials = answered(capacity);
  if (trials.empty()) return "";
  double least = ms(trials.front()->p50);
  double most = 0;
  for (const auto* trial : trials) {
    least = std::min(least, ms(trial->p50));
    most = std::max(most, ms(trial->p99));
  }
  const Box plot{size.left, kTop, size.width - size.left - size.right, kPlotHeight};
  const auto up = Scale::logarithmic(least / 1.5, most * 1.5, plot.bottom(), plot.y);
  const auto across =
      Scale::logarithmic(trials.front()->rate.per_second / 1.1,
                         trials.back()->rate.per_second * 1.1, plot.x, plot.right());
  Canvas canvas;
  canvas.raw(fmt::format(
      R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">)"
      R"(<title id="{}-t">Latency by rate</title><desc id="{}-d">Latency of each trial against )"
      R"(its rate, the figures are in the table below.</desc>)",
      svg::number(size.width), svg::number(plot.bottom() + 22), size.id, size.id, size.id,
      size.id));
  svg::value_axis(canvas, plot, up, true, "ms");
  rate_axis(canvas, plot, across);
  knee(canvas, plot, across, capacity);
  double legend = plot.x;
  for (const auto& curve : kCurves) {
    draw_curve(canvas, trials, curve, across, up);
    canvas.line(legend, 10, legend + 20, 10, fmt::format("line {}", curve.style));
    canvas.text(legend + 26, 14, Anchor::start, "legend", curve.name);
    legend += 26 + svg::text_width(curve.name) + 18;
  }
  canvas.raw("</svg>");
  return canvas.take();
}

}  // namespace rampart::reports
