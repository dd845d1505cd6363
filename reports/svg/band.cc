#include "reports/svg/band.h"

#include <fmt/format.h>

#include <algorithm>

namespace rampart::reports::svg {
namespace {

constexpr double kLeastWidth = 2;

Box column(const Band& band, const Box& plot, const Scale& time) {
  const double x = time.at(band.span.from);
  return {x, plot.y, std::max(kLeastWidth, time.at(band.span.to) - x), plot.height};
}

}  // namespace

void draw_bands(Canvas& canvas, const std::vector<Band>& bands, const Box& plot,
                const Scale& time) {
  for (const auto& band : bands) {
    const auto box = column(band, plot, time);
    const auto state = std::string(to_string(band.state));
    canvas.rect(box, "band " + state, fmt::format("verdict {}: {}", band.number, band.label));
    canvas.line(box.x, box.y, box.x, box.bottom(), "edge " + state);
    canvas.line(box.right(), box.y, box.right(), box.bottom(), "edge " + state);
  }
}

void draw_band_labels(Canvas& canvas, const std::vector<Band>& bands, const Box& plot,
                      const Scale& time) {
  double used = plot.x;  // labels must not run into each other
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const auto box = column(bands[i], plot, time);
    const double next = i + 1 < bands.size() ? time.at(bands[i + 1].span.from) : plot.right();
    const auto full = fmt::format("{} · {}", bands[i].number, bands[i].label);
    const auto brief = std::to_string(bands[i].number);
    const double wide = text_width(full) + 14;
    const double x = std::clamp(std::max(box.x, used), plot.x, plot.right());
    const bool fits = x + wide <= std::max(box.right(), next - 4) && x + wide <= plot.right();
    const double width = std::max(fits ? wide : text_width(brief) + 12, fits ? box.right() - x : 0);
    const double left = std::min(x, plot.right() - width);
    canvas.rect({left, plot.y - kBandHeader + 2, width, 20},
                "flag " + std::string(to_string(bands[i].state)), fmt::format("verdict {}", full));
    canvas.text(left + 7, plot.y - kBandHeader + 16, Anchor::start, "flag-text",
                fits ? full : brief);
    used = left + width + 2;
  }
}

void draw_gaps(Canvas& canvas, const std::vector<Span>& gaps, const Box& plot, const Scale& time,
               std::string_view pattern_id) {
  for (const auto& gap : gaps) {
    const double x = time.at(gap.from);
    canvas.pattern_rect({x, plot.y, time.at(gap.to) - x, plot.height}, pattern_id);
  }
}

}  // namespace rampart::reports::svg
