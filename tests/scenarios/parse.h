#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace rampart::scenarios {

inline Parsed parse(std::string_view text, std::vector<std::string> overrides = {},
                    const std::string& path = "t.yml") {
  return parse_scenario(text, path, overrides, {.workers = 4, .seed = 7});
}

// All errors, one a line; "" where the text is good.
inline std::string errors_of(std::string_view text, std::vector<std::string> overrides = {}) {
  return to_text(parse(text, std::move(overrides)).errors);
}

inline std::string file_text(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

// A text and exactly what is said about it.
struct BadCase {
  const char* text;
  const char* errors;
};

// The start of a scenario with one target in line 1; the case begins in line 2.
inline std::string with_target(std::string_view rest) {
  return "targets: { web: { url: \"http://127.0.0.1/\" } }\n" + std::string(rest);
}

}  // namespace rampart::scenarios
