#include "net/resolv_options.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace rampart::net {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// The next word of `line`, which loses it; empty at its end.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

// Of `name:number`, within the bounds.
std::optional<int> number_of(std::string_view word, std::string_view name, int most) {
  if (!word.starts_with(name)) return std::nullopt;
  word.remove_prefix(name.size());
  int out = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  if (error == std::errc::result_out_of_range && !word.starts_with('-')) return most;
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return std::clamp(out, 1, most);
}

}  // namespace

ResolvOptions resolv_options(std::string_view text) {
  ResolvOptions out;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (take_word(line) != "options") continue;
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      if (const auto seconds = number_of(word, "timeout:", 30))
        out.timeout = std::chrono::seconds(*seconds);
      if (const auto attempts = number_of(word, "attempts:", 5)) out.attempts = *attempts;
    }
  }
  return out;
}

}  // namespace rampart::net
