#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rampart::host {

// The text of a small regular file such as those of /proc and /sys, cut at 64 KiB and with white
// space at its end removed. Nullopt where there is none that can be read.
std::optional<std::string> read_small_file(const std::string& path);

// Empty where there was no file. Borrows the text.
inline std::string_view view_of(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}
std::string_view view_of(std::optional<std::string>&&) = delete;

// Words between spaces and tabs; lines that are not empty.
std::vector<std::string_view> words(std::string_view text);
std::vector<std::string_view> lines(std::string_view text);

// Decimal digits and nothing else; nullopt also where it does not fit.
std::optional<std::uint64_t> parse_number(std::string_view text);
// A finite number that is not negative.
std::optional<double> parse_real(std::string_view text);
// The whole text of a file is one number.
std::optional<std::uint64_t> read_number(const std::string& path);

}  // namespace rampart::host
