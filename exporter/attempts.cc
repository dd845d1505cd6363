#include "exporter/attempts.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace rampart::exporter {
namespace {

// `otherwise` where it is not given; empty where it is no number.
std::optional<unsigned> number_of(const RequestTarget& target, std::string_view parameter,
                                  unsigned otherwise) {
  const auto text = target.parameter(parameter);
  if (text.empty()) return otherwise;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

base::Result<probe::Attempts> check_attempts(unsigned most, unsigned needed) {
  if (most < 1 || most > probe::Attempts::kMost)
    return base::fail(base::Errc::config,
                      fmt::format("attempts: a number from 1 to {}", probe::Attempts::kMost));
  if (needed < 1 || needed > most)
    return base::fail(base::Errc::config,
                      fmt::format("need: a number from 1 to that of attempts, {}", most));
  return probe::Attempts{most, needed};
}

base::Result<probe::Attempts> attempts_of(const RequestTarget& target) {
  const auto most = number_of(target, "attempts", 1);
  const auto needed = number_of(target, "need", 1);
  return check_attempts(most.value_or(0), needed.value_or(0));
}

}  // namespace rampart::exporter
