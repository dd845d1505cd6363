#pragma once

#include <re2/re2.h>

#include <string>
#include <string_view>

#include "scenarios/blackbox_config.h"

namespace rampart::scenarios {

inline base::Status re2_check(std::string_view pattern) {
  const re2::RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  if (compiled.ok()) return {};
  return base::fail(base::Errc::config, "not a regular expression: " + compiled.error());
}

inline ParsedModules parse_modules(std::string_view text) {
  return parse_blackbox_config(text, "b.yml", &re2_check);
}

// A file with one module, m.
inline std::string with_module(std::string_view fields) {
  return "modules: { m: { " + std::string(fields) + " } }\n";
}

// The module of such a file; the default one where the file is wrong.
inline model::BlackboxModule module_of(std::string_view fields) {
  const auto parsed = parse_modules(with_module(fields));
  return parsed.config ? parsed.config->modules.at("m") : model::BlackboxModule{};
}

// All errors, one a line; "" where there is none.
inline std::string complaints(std::string_view text) { return to_text(parse_modules(text).errors); }
inline std::string warnings_of(std::string_view fields) {
  return to_text(parse_modules(with_module(fields)).warnings);
}

}  // namespace rampart::scenarios
