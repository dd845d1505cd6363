#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rampart::scenarios {

// One thing that is wrong with a text that a person wrote, and where.
struct Diagnostic {
  std::string file;
  int line = 0;    // 1-based; 0: the whole file
  int column = 0;  // 1-based, in bytes
  std::string message;

  // "file:line:column: message", or "file: message" for the whole file.
  [[nodiscard]] std::string text() const;
  bool operator==(const Diagnostic&) const = default;
};

// One diagnostic a line, without a newline at the end.
std::string to_text(const std::vector<Diagnostic>& diagnostics);

// Where in a text something stands.
struct Place {
  int line = 0;  // 1-based; 0: the whole text
  int column = 0;
  int override_index = -1;  // which --set put it there; -1: the file itself
};

// Collects what is wrong with one text, so that all of it is told at once.
class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  // Names the overrides, so that what they put in is blamed on them and not on the file.
  void name_overrides(std::vector<std::string> overrides) { overrides_ = std::move(overrides); }
  void add(const Place& place, std::string message);
  [[nodiscard]] bool empty() const { return found_.empty(); }
  // By line and column, each once.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  static constexpr std::size_t kMost = 100;  // nobody reads more; bounds the memory

  std::string file_;
  std::vector<std::string> overrides_;
  std::vector<Diagnostic> found_;
};

}  // namespace rampart::scenarios
