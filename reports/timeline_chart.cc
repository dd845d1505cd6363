#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/chart.h"
#include "reports/escape.h"
#include "reports/svg/axis.h"
#include "reports/svg/band.h"
#include "reports/svg/line.h"
#include "reports/svg/strip.h"

namespace rampart::reports {
namespace {

using svg::Anchor;
using svg::Box;
using svg::Canvas;
using svg::Scale;

constexpr double kTitleRow = 19;
constexpr double kLaneGap = 12;
constexpr double kStripGap = 5;      // strips are read together
constexpr std::size_t kDense = 300;  // samples from which lines are drawn thin
constexpr double kAxisRow = 22;
constexpr double kLegendRow = 15;
constexpr double kSample = 24;   // of a legend's item: the line or mark and a gap
constexpr double kBetween = 14;  // items of a legend
constexpr double kBold = 1.2;    // a title's letters against the small size

struct Extent {
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  double lowest = 0;  // below 0 only for gauges such as an offset
};

Extent extent_of(const Lane& lane) {
  Extent e;
  std::vector<double> stacked;
  for (const auto& series : lane.series) {
    stacked.resize(std::max(stacked.size(), series.samples.size()), 0);
    for (std::size_t i = 0; i < series.samples.size(); ++i) {
      const double v = series.samples[i].value;
      if (!std::isfinite(v)) continue;
      stacked[i] = lane.kind == Lane::Kind::bars ? stacked[i] + v : v;
      e.most = std::max(e.most, stacked[i]);
      e.lowest = std::min(e.lowest, stacked[i]);
      if (v > 0) e.least = std::min(e.least, v);
    }
  }
  return e;
}

Scale value_scale(const Lane& lane, const Box& plot) {
  const auto e = extent_of(lane);
  if (lane.log && e.least < e.most)
    return Scale::logarithmic(e.least / 1.15, e.most * 1.15, plot.bottom(), plot.y);
  const double top = lane.unit == "%" ? 100 : e.most * 1.06;
  return Scale::linear(e.lowest, top > 0 || e.lowest < 0 ? top : 1, plot.bottom(), plot.y);
}

class TimelineChart {
 public:
  TimelineChart(const Timeline& timeline, const ChartSize& size)
      : timeline_(timeline),
        size_(size),
        time_(Scale::linear(0, timeline.seconds, size.left, size.width - size.right)) {}

  std::string draw() {
    const double top = svg::kBandHeader + 4;
    double bottom = top;
    for (const auto& lane : timeline_.lanes) bottom += height_of(lane);
    const Box all{size_.left, top, size_.width - size_.left - size_.right, bottom - top};
    open(bottom + kAxisRow);
    svg::draw_bands(canvas_, timeline_.bands, all, time_);
    double y = top;
    for (const auto& lane : timeline_.lanes) {
      draw_lane(lane, {all.x, y + head_of(lane), all.width, lane.height});
      y += height_of(lane);
    }
    svg::draw_band_labels(canvas_, timeline_.bands, all, time_);
    canvas_.line(all.x, bottom, all.right(), bottom, "base");
    svg::time_labels(canvas_, bottom + 15, time_, timeline_.seconds, size_.ticks);
    canvas_.raw("</svg>");
    return canvas_.take();
  }

 private:
  // Height of everything above the plot: the legend gets a line of its own where it would run into
  // the title.
  [[nodiscard]] double head_of(const Lane& lane) const {
    const double room = size_.width - size_.left - size_.right;
    const bool fits = svg::text_width(title_of(lane)) * kBold + legend_width(lane) + 12 <= room;
    return fits || legend_of(lane).empty() ? kTitleRow : kTitleRow + kLegendRow;
  }

  [[nodiscard]] double height_of(const Lane& lane) const {
    return head_of(lane) + lane.height + (lane.kind == Lane::Kind::strip ? kStripGap : kLaneGap);
  }

  [[nodiscard]] std::string title_of(const Lane& lane) const {
    const auto columns = static_cast<std::size_t>(size_.width / 14);
    return elide(lane.title, columns) + (lane.log ? ", logarithmic" : "");
  }

  void open(double height) {
    canvas_.raw(fmt::format(
        R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">)",
        svg::number(size_.width), svg::number(height), size_.id, size_.id));
    canvas_.raw(fmt::format(R"(<title id="{}-t">Timeline of the run</title><desc id="{}-d">)",
                            size_.id, size_.id));
    canvas_.raw(describe() + "</desc>");
    canvas_.raw(fmt::format(
        R"(<defs><pattern id="{}-gap" width="7" height="7" patternUnits="userSpaceOnUse" )"
        R"x(patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" class="hatch"/>)x"
        R"(</pattern></defs>)",
        size_.id));
  }

  // No names from outside: the table below the chart has them.
  [[nodiscard]] std::string describe() const {
    std::string text =
        fmt::format("{} lanes over {:.0f} seconds.", timeline_.lanes.size(), timeline_.seconds);
    for (const auto& band : timeline_.bands)
      text += fmt::format(" Verdict {}, {}, from {:.1f} to {:.1f} s.", band.number, band.label,
                          band.span.from, band.span.to);
    return text + " The values are in the table below the chart.";
  }

  void draw_lane(const Lane& lane, const Box& plot) {
    svg::draw_gaps(canvas_, lane.gaps, plot, time_, size_.id + "-gap");
    svg::time_grid(canvas_, plot, time_, timeline_.seconds, size_.ticks);
    switch (lane.kind) {
      case Lane::Kind::lines: draw_lines(lane, plot); break;
      case Lane::Kind::bars:
        if (!lane.series.empty()) draw_stack(lane, plot);
        break;
      case Lane::Kind::strip: svg::draw_strip(canvas_, lane.strip, plot, time_); break;
      case Lane::Kind::marks: svg::draw_marks(canvas_, lane.marks, plot, time_); break;
    }
    canvas_.text(plot.x, plot.y - head_of(lane) + kTitleRow - 6, Anchor::start, "lane",
                 title_of(lane));
    draw_legend(lane, plot);
  }

  void draw_lines(const Lane& lane, const Box& plot) {
    const auto scale = value_scale(lane, plot);
    svg::value_axis(canvas_, plot, scale, lane.log, lane.unit);
    for (const auto& series : lane.series) {
      if (series.style == "area") canvas_.path(svg::area_path(series, time_, scale), "fill-area");
      const auto* dense = series.samples.size() > kDense ? " dense" : "";
      canvas_.path(svg::step_path(series, time_, scale), "line " + series.style + dense);
    }
  }

  void draw_stack(const Lane& lane, const Box& plot) {
    const auto scale = value_scale(lane, plot);
    svg::value_axis(canvas_, plot, scale, false, lane.unit);
    svg::stacked_areas(canvas_, lane.series, time_, scale);
  }

  struct LegendItem {
    std::string text;
    std::string style;
  };

  static std::vector<LegendItem> legend_of(const Lane& lane) {
    std::vector<LegendItem> items;
    if (lane.kind == Lane::Kind::marks) {
      const auto has = [&lane](Mark::Shape shape) {
        return std::any_of(lane.marks.begin(), lane.marks.end(),
                           [shape](const Mark& m) { return m.shape == shape; });
      };
      if (has(Mark::Shape::tick)) items.push_back({"canary sent", "|"});
      if (has(Mark::Shape::circle)) items.push_back({"canary seen", "\u25cb"});
      if (has(Mark::Shape::triangle)) items.push_back({"other alert", "\u25b2"});
    } else if (lane.series.size() > 1 || lane.kind == Lane::Kind::bars) {
      for (const auto& series : lane.series) items.push_back({series.name, series.style});
    }
    return items;
  }

  static double legend_width(const Lane& lane) {
    double width = -kBetween;
    for (const auto& item : legend_of(lane))
      width += kSample + svg::text_width(item.text) + kBetween;
    return std::max(0.0, width);
  }

  // Near the right end of the title's line; each sample directly before its name.
  void draw_legend(const Lane& lane, const Box& plot) {
    const auto items = legend_of(lane);
    double x = plot.right() - legend_width(lane);
    const double y = plot.y - 6;
    for (const auto& item : items) {
      switch (lane.kind) {
        case Lane::Kind::marks:
          canvas_.text(x + 14, y, Anchor::middle, "legend", item.style);
          break;
        case Lane::Kind::bars: canvas_.rect({x + 8, y - 8, 10, 9}, "stack " + item.style); break;
        default: canvas_.line(x, y - 4, x + 18, y - 4, "line " + item.style);
      }
      canvas_.text(x + kSample, y, Anchor::start, "legend", item.text);
      x += kSample + svg::text_width(item.text) + kBetween;
    }
  }

  const Timeline& timeline_;
  const ChartSize& size_;
  Scale time_;
  Canvas canvas_;
};

}  // namespace

std::string draw_timeline(const Timeline& timeline, const ChartSize& size) {
  return TimelineChart(timeline, size).draw();
}

}  // namespace rampart::reports
