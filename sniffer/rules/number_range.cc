#include "sniffer/rules/number_range.h"

#include <fmt/core.h>

#include <optional>

namespace rampart::sniffer {
namespace {

tl::unexpected<base::Error> not_a_number(const Located& text, std::uint32_t most,
                                         Complaint& complaint) {
  return complaint.about(text, fmt::format("'{}' is not a number of 0 to {}", text.text, most));
}

struct Ends {
  Located low;
  Located high;
};

std::optional<Ends> two_ends(const Located& text) {
  auto mark = text.text.find("<>");
  std::size_t width = 2;
  if (mark == std::string_view::npos) {
    mark = text.text.find('-');
    width = 1;
  }
  if (mark == std::string_view::npos) return std::nullopt;
  return Ends{text.sub(0, mark).trimmed(), text.sub(mark + width).trimmed()};
}

base::Result<NumberRange> between(const Located& whole, const Ends& ends, std::uint32_t most,
                                  Complaint& complaint) {
  const auto low = to_number(ends.low.text, most);
  const auto high = to_number(ends.high.text, most);
  if (!low) return not_a_number(ends.low, most, complaint);
  if (!high) return not_a_number(ends.high, most, complaint);
  if (*high < *low + 2)
    return complaint.about(
        whole,
        fmt::format("nothing lies between the ends of '{}', which it leaves out", whole.text));
  return NumberRange{static_cast<std::uint32_t>(*low + 1), static_cast<std::uint32_t>(*high - 1)};
}

}  // namespace

base::Result<NumberRange> read_range(Located text, std::uint32_t most, Complaint& complaint) {
  const auto whole = text;
  if (const auto ends = two_ends(text)) return between(whole, *ends, most, complaint);
  NumberRange out{0, most};
  const bool less_equal = text.take("<=");
  const bool greater_equal = !less_equal && text.take(">=");
  const bool less = !less_equal && text.take("<");
  const bool greater = !greater_equal && text.take(">");
  if (!(less_equal || greater_equal || less || greater)) {
    out.negated = text.take("!");
    text.take("=");
  }
  const auto number = to_number(text.text, most);
  if (!number) return not_a_number(text, most, complaint);
  const auto n = static_cast<std::uint32_t>(*number);
  if ((less && n == 0) || (greater && n == most))
    return complaint.about(whole, fmt::format("'{}' can never match", whole.text));
  if (less || less_equal)
    out.high = less ? n - 1 : n;
  else if (greater || greater_equal)
    out.low = greater ? n + 1 : n;
  else
    out.low = out.high = n;
  return out;
}

}  // namespace rampart::sniffer
