#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

// Pieces of a rule's text that know where they stand, so that every complaint has a column.

namespace rampart::sniffer {

struct Located {
  std::string_view text;
  std::size_t at = 0;  // offset in the rule

  [[nodiscard]] bool empty() const { return text.empty(); }
  [[nodiscard]] Located sub(std::size_t from, std::size_t n = std::string_view::npos) const {
    return {text.substr(from, n), at + from};
  }
  [[nodiscard]] Located trimmed() const;
  // Takes `prefix` away; false where the text does not begin with it.
  bool take(std::string_view prefix);
};

// Splits at `separator`, trims every part. One empty part for an empty text.
std::vector<Located> split(Located text, char separator);
// The first word and the rest, both trimmed.
std::pair<Located, Located> first_word(Located text);
// Decimal, or hexadecimal after 0x; at most `most`.
std::optional<std::uint64_t> to_number(std::string_view text, std::uint64_t most = ~0ULL);
std::optional<std::int64_t> to_signed(std::string_view text, std::int64_t limit);

// Begins like a name and not like a number.
bool is_name(std::string_view text);

// Remembers where the first complaint about a rule points to.
class Complaint {
 public:
  tl::unexpected<base::Error> about(const Located& what, std::string message) {
    return at(what.at, std::move(message));
  }
  tl::unexpected<base::Error> at(std::size_t offset, std::string message) {
    offset_ = offset;
    return base::fail(base::Errc::parse, std::move(message));
  }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  // Which keyword is being read, or what else stands for the reason in a statistic.
  void blame(std::string_view keyword) { keyword_ = keyword; }
  [[nodiscard]] const std::string& keyword() const { return keyword_; }
  // There is nothing wrong with the rule: what it waits for does not happen here.
  void in_vain() { in_vain_ = true; }
  [[nodiscard]] bool is_in_vain() const { return in_vain_; }

 private:
  std::size_t offset_ = 0;
  std::string keyword_;
  bool in_vain_ = false;
};

// The inside of "..." with what follows a backslash kept as it is. The quotes are required.
base::Result<Located> unquote(Located value, Complaint& complaint);

}  // namespace rampart::sniffer
