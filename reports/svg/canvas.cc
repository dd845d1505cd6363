#include "reports/svg/canvas.h"

#include <fmt/format.h>

#include <cmath>

#include "reports/escape.h"

namespace rampart::reports::svg {
namespace {

std::string closing(std::string_view element, std::string_view hint) {
  if (hint.empty()) return "/>";
  return fmt::format("><title>{}</title></{}>", escape_markup(hint), element);
}

std::string_view name_of(Anchor anchor) {
  switch (anchor) {
    case Anchor::start: return "start";
    case Anchor::middle: return "middle";
    case Anchor::end: return "end";
  }
  return "start";
}

}  // namespace

std::string number(double value) {
  if (!std::isfinite(value)) return "0";
  const double rounded = std::round(value * 10) / 10;
  if (rounded == std::floor(rounded)) return fmt::format("{:.0f}", rounded == 0 ? 0.0 : rounded);
  return fmt::format("{:.1f}", rounded);
}

double text_width(std::string_view text) { return static_cast<double>(display_width(text)) * 6.1; }

void Canvas::rect(const Box& box, std::string_view style, std::string_view hint) {
  out_ += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" class="{}"{})", number(box.x),
                      number(box.y), number(box.width), number(box.height), style,
                      closing("rect", hint));
}

void Canvas::line(double x1, double y1, double x2, double y2, std::string_view style) {
  out_ += fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>)", number(x1),
                      number(y1), number(x2), number(y2), style);
}

void Canvas::path(std::string_view data, std::string_view style, std::string_view hint) {
  if (data.empty()) return;
  out_ += fmt::format(R"(<path d="{}" class="{}"{})", data, style, closing("path", hint));
}

void Canvas::text(double x, double y, Anchor anchor, std::string_view style,
                  std::string_view content) {
  const auto side =
      anchor == Anchor::start ? "" : fmt::format(R"( text-anchor="{}")", name_of(anchor));
  out_ += fmt::format(R"(<text x="{}" y="{}"{} class="{}">{}</text>)", number(x), number(y), side,
                      style, escape_markup(content));
}

void Canvas::pattern_rect(const Box& box, std::string_view pattern_id) {
  out_ +=
      fmt::format(R"x(<rect x="{}" y="{}" width="{}" height="{}" fill="url(#{})"/>)x",
                  number(box.x), number(box.y), number(box.width), number(box.height), pattern_id);
}

}  // namespace rampart::reports::svg
