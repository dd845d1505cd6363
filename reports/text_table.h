#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rampart::reports {

enum class Tone : std::uint8_t { plain, strong, faint, good, warning, bad };

// Wraps text in ANSI colours where they are wanted; otherwise returns it unchanged.
class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;

 private:
  bool colour_;
};

struct Cell {
  std::string text;  // already escaped for the terminal
  Tone tone = Tone::plain;
};

// Aligned columns: those named by `right` to the right, two spaces between.
class TextTable {
 public:
  explicit TextTable(std::vector<bool> right) : right_(std::move(right)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // One line per row, each indented by two spaces and without trailing spaces.
  [[nodiscard]] std::string render(const Painter& painter) const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<Cell>> rows_;
};

// Breaks valid UTF-8 at spaces so that no line is wider than `width`, each indented by `indent`.
std::string wrap(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace rampart::reports
