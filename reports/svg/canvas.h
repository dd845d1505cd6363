#pragma once

#include <string>
#include <string_view>

namespace rampart::reports::svg {

enum class Anchor { start, middle, end };

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  [[nodiscard]] double right() const { return x + width; }
  [[nodiscard]] double bottom() const { return y + height; }
};

// Writes SVG elements. Coordinates are CSS pixels; looks come from classes in the page's style
// sheet. Text and titles are escaped here, class names and path data must not come from outside.
class Canvas {
 public:
  // `hint`: shown on hovering, read by screen readers; none where empty.
  void rect(const Box& box, std::string_view style, std::string_view hint = {});
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void path(std::string_view data, std::string_view style, std::string_view hint = {});
  void text(double x, double y, Anchor anchor, std::string_view style, std::string_view content);
  // Fills with a pattern of the chart instead of a class.
  void pattern_rect(const Box& box, std::string_view pattern_id);
  void raw(std::string_view markup) { out_ += markup; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// "12.3", "12": one decimal, no needless zeros.
std::string number(double value);

// Pixels that text of the chart's small size takes, roughly.
double text_width(std::string_view text);

}  // namespace rampart::reports::svg
