#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace rampart::loadgen {

// A regular expression over the body of an answer, by RE2: time linear in the text, whatever the
// expression and whoever sent the text.
class Pattern {
 public:
  // Errc::config where it is none.
  static base::Result<Pattern> compile(const std::string& expression);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Whether it matches anywhere.
  [[nodiscard]] bool matches(std::string_view text) const;
  // Of the first match its first group, or all of it where the expression has no group; a part of
  // `text`. Nullopt also where that group has no part in the match.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view text) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> expression);
  std::unique_ptr<re2::RE2> expression_;
};

}  // namespace rampart::loadgen
