#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rampart::probe {

// Cuts what a peer says into lines, of which each ends with LF; a CR before that is not part of it.
// Survives any bytes, and holds what one add() brought and one line at most.
class LineReader {
 public:
  static constexpr std::size_t kLongest = 65536;  // bytes of a line with its end, as Go's Scanner

  void add(std::span<const char> bytes);
  // Nothing more comes: what is left is a line, too.
  void end() { ended_ = true; }
  // The next one, which holds until the next call of anything but this object's const members.
  // Nothing: it is not there yet, or the reader is at its end, or too_long().
  std::optional<std::string_view> next();
  // A line that is longer than any may be has begun. From then on there are no lines.
  [[nodiscard]] bool too_long() const { return too_long_; }
  // Bytes that no line was made of yet.
  [[nodiscard]] std::size_t left() const { return bytes_.size() - read_; }
  void clear();

 private:
  std::string bytes_;
  std::size_t read_ = 0;   // before it all was handed out
  std::size_t found_ = 0;  // before it there is no LF
  bool ended_ = false;
  bool too_long_ = false;
};

}  // namespace rampart::probe
