#pragma once

#include <string>
#include <string_view>

namespace rampart::exporter {

// A probe's target as pages and the log may show it: where it is a URL with a password, with or
// without scheme, that is "xxxxx", as Go's URL.Redacted writes it.
class ShownTarget {
 public:
  explicit ShownTarget(std::string_view target);

  [[nodiscard]] const std::string& text() const { return text_; }
  // `said` without that password, where it repeats the target or its user and password, also in
  // quotes.
  [[nodiscard]] std::string mask(std::string said) const;

 private:
  std::string text_;
  std::string secret_;  // with the two signs around it; empty: there is none
};

}  // namespace rampart::exporter
