#include "scenarios/label_matchers.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

constexpr std::string_view kExample = R"(such as job="web",instance!="a")";

class MatcherReader {
 public:
  explicit MatcherReader(std::string_view text) : left_(text) {}

  base::Status read() {
    skip_blanks();
    if (left_.starts_with('{'))
      return bad(fmt::format("write the label matchers without braces, {}", kExample));
    do {
      RAMPART_CHECK(matcher());
      if (left_.empty()) return {};
      if (!take(",")) return bad("between two matchers stands a comma");
    } while (!left_.empty());
    return {};  // after the last comma nothing need follow
  }

 private:
  base::Status bad(std::string_view why) const {
    constexpr std::size_t kShown = 40;
    const auto shown = left_.substr(0, kShown);
    return base::fail(
        base::Errc::parse,
        left_.empty() ? fmt::format("at its end: {}", why)
                      : fmt::format("at {}{}: {}", shown, left_.size() > kShown ? "..." : "", why));
  }

  base::Status matcher() {
    const auto begin = left_;
    RAMPART_CHECK(name());
    const bool sign = take("=~") || take("!~") || take("!=") || take("=");
    if (!sign) {
      left_ = begin;
      return bad(fmt::format("this is no label matcher {}; metrics are named by keep", kExample));
    }
    if (left_.find_first_of("\"'`") != 0)
      return bad(R"(a value stands in quotes, as in job="web")");
    return quoted();
  }

  // Prometheus 3 takes names in quotes as well.
  base::Status name() {
    if (left_.find_first_of("\"'`") == 0) return quoted();
    std::size_t length = 0;
    while (length < left_.size() && is_label_name(left_.substr(0, length + 1))) ++length;
    if (length == 0) return bad(fmt::format("a label's name is wanted, {}", kExample));
    left_.remove_prefix(length);
    skip_blanks();
    return {};
  }

  base::Status quoted() {
    const char quote = left_.front();
    for (std::size_t i = 1; i < left_.size(); ++i) {
      if (left_[i] == quote) {
        left_.remove_prefix(i + 1);
        skip_blanks();
        return {};
      }
      if (left_[i] != '\\' || quote == '`') continue;
      ++i;
      constexpr std::string_view kEscaped = "abfnrtv\\xuU01234567";
      if (i < left_.size() && left_[i] != quote && kEscaped.find(left_[i]) == kEscaped.npos)
        return bad(fmt::format(R"(\{} is no escape: write \\ for a backslash)", left_[i]));
    }
    return bad("this quote is not closed");
  }

  bool take(std::string_view sign) {
    if (!left_.starts_with(sign)) return false;
    left_.remove_prefix(sign.size());
    skip_blanks();
    return true;
  }

  void skip_blanks() {
    while (left_.starts_with(' ')) left_.remove_prefix(1);
  }

  std::string_view left_;
};

}  // namespace

base::Status check_matchers(std::string_view text) { return MatcherReader(text).read(); }

}  // namespace rampart::scenarios
