#include "loadgen/pattern.h"

#include <fmt/core.h>
#include <re2/re2.h>

#include <array>
#include <utility>

namespace rampart::loadgen {

base::Result<Pattern> Pattern::compile(const std::string& expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<re2::RE2>(expression, options);
  if (!compiled->ok())
    return base::fail(base::Errc::config, fmt::format("'{}' is no regular expression: {}",
                                                      expression, compiled->error()));
  return Pattern(std::move(compiled));
}

Pattern::Pattern(std::unique_ptr<re2::RE2> expression) : expression_(std::move(expression)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  return expression_->Match(text, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

std::optional<std::string_view> Pattern::find(std::string_view text) const {
  std::array<re2::StringPiece, 2> found;
  const int wanted = expression_->NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!expression_->Match(text, 0, text.size(), re2::RE2::UNANCHORED, found.data(), wanted))
    return std::nullopt;
  const auto& part = found[static_cast<std::size_t>(wanted) - 1];
  if (part.data() == nullptr) return std::nullopt;
  return std::string_view(part.data(), part.size());
}

}  // namespace rampart::loadgen
