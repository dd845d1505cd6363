#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rampart::exporter {

// What a request asks for, read as Go's net/http and net/url do, on which blackbox_exporter stands.
struct RequestTarget {
  std::string path;  // decoded
  // Decoded, in order. A parameter with a bad escape or a semicolon is left out.
  std::vector<std::pair<std::string, std::string>> parameters;

  // `raw`: as in the request line, with or without scheme and host. Nothing where the path has a
  // bad escape.
  static std::optional<RequestTarget> parse(std::string_view raw);
  // The first of that name; empty: there is none, or it is.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

// Whether a character is seen, and neither hides nor turns round what stands beside it.
bool shows(char32_t code);

// As Go's %q writes a string that a message repeats: in quotes, with escapes.
std::string quoted(std::string_view text);

}  // namespace rampart::exporter
