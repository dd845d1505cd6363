#include "reports/svg/strip.h"

#include <fmt/format.h>

#include <algorithm>

namespace rampart::reports::svg {
namespace {

constexpr double kLeastWidth = 1.5;
constexpr double kGoodHeight = 5;

void draw_good(Canvas& canvas, double x, double width, const Box& plot) {
  canvas.rect({x, plot.y + plot.height - kGoodHeight, width, kGoodHeight}, "ok");
}

void draw_failed(Canvas& canvas, const Stretch& s, double x, double width, const Box& plot,
                 double free_until) {
  canvas.rect({x, plot.y, std::max(width, kLeastWidth), plot.height}, "fail",
              s.label + ", " + time_label(s.from, s.to) + " to " + time_label(s.to, s.to));
  const double wanted = text_width(s.label);
  const double middle = plot.y + plot.height / 2 + 4;
  if (s.label.empty()) return;
  if (wanted + 8 < width)
    canvas.text(x + width / 2, middle, Anchor::middle, "in-fail", s.label);
  else if (x + width + 6 + wanted < free_until)
    canvas.text(x + width + 5, plot.y + 8, Anchor::start, "why", s.label);
}

std::string shape_path(Mark::Shape shape, double x, double y) {
  const auto n = [](double v) { return number(v); };
  switch (shape) {
    case Mark::Shape::circle:
      return fmt::format("M{} {}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z", n(x - 4), n(y));
    case Mark::Shape::triangle: return fmt::format("M{} {}l5.5 9.5h-11Z", n(x), n(y - 5.5));
    case Mark::Shape::tick: return fmt::format("M{} {}v18", n(x), n(y - 9));
  }
  return "";
}

std::string_view style_of(Mark::Shape shape) {
  switch (shape) {
    case Mark::Shape::circle: return "mark canary";
    case Mark::Shape::triangle: return "mark alert";
    case Mark::Shape::tick: return "mark sent";
  }
  return "mark";
}

}  // namespace

void draw_strip(Canvas& canvas, const std::vector<Stretch>& strip, const Box& plot,
                const Scale& time) {
  for (std::size_t i = 0; i < strip.size(); ++i) {
    const auto& s = strip[i];
    const double x = time.at(s.from);
    const double width = time.at(s.to) - x;
    if (s.ok) {
      draw_good(canvas, x, width, plot);
      continue;
    }
    // The reason may stand over good stretches, not over the next failure.
    double free_until = plot.right();
    for (std::size_t j = i + 1; j < strip.size(); ++j)
      if (!strip[j].ok) {
        free_until = time.at(strip[j].from);
        break;
      }
    draw_failed(canvas, s, x, width, plot, free_until);
  }
}

void draw_marks(Canvas& canvas, const std::vector<Mark>& marks, const Box& plot,
                const Scale& time) {
  const double y = plot.y + plot.height / 2;
  canvas.line(plot.x, y, plot.right(), y, "grid");
  for (const auto& mark : marks)
    canvas.path(shape_path(mark.shape, time.at(mark.at), y), style_of(mark.shape), mark.text);
}

}  // namespace rampart::reports::svg
