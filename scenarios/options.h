#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rampart::scenarios {

// What a value may look like.
enum class Type : std::uint8_t {
  map,             // fixed keys
  named,           // keys that the user chooses, values all alike ("*" in paths)
  list,            // of maps ("[]" in paths)
  text,            // any text
  name,            // a name that reports and labels can carry
  reference,       // the name of a target
  choice,          // one of `choices`
  boolean,         // true or false
  count,           // 64, 1k
  rate,            // 200/s
  bytes,           // 64KiB
  byte_rate,       // 1KB/s
  duration,        // 10s
  percent,         // 95%
  url,             // http://127.0.0.1:8080/
  file,            // a path
  glob,            // a path, * and ? allowed in the file name
  method,          // GET
  request_path,    // /login?next=/
  path_template,   // the same, with {{names}}
  header,          // the value of a header
  at_least,        // >= 98%
  below_share,     // < 0.1%
  below_duration,  // < 250ms
  stop_below,      // < 50% for 10s
  stop_above,      // > 20% for 5s
  network,         // 10.0.0.0/8 or a host
  instant,         // 2026-11-21 or 2026-11-21T08:00:00Z
};

// One option of a language: what the reader checks, the reference shows and the schema says.
struct Option {
  std::string_view path;  // "load[].arrival.rate", "targets.*.url"
  Type type = Type::text;
  bool required = false;
  bool many = false;               // one value or a list of them
  bool or_map = false;             // a value, or a map with the keys beneath
  bool planned = false;            // a word of the language that does not work yet
  std::string_view fallback = {};  // the default, as one would write it; empty: none
  std::string_view min = {};       // inclusive, as one would write it
  std::string_view max = {};
  std::string_view choices = {};  // blank-separated
  std::string_view planned_choices = {};
  std::string_view schemes = {};  // of a URL, blank-separated; empty: all
  std::string_view help;

  // The last part of the path: "rate".
  [[nodiscard]] std::string_view key() const { return path.substr(path.rfind('.') + 1); }
};

class OptionTable {
 public:
  explicit constexpr OptionTable(std::span<const Option> rows) : rows_(rows) {}

  [[nodiscard]] std::span<const Option> rows() const { return rows_; }
  // Null where there is none.
  [[nodiscard]] const Option* find(std::string_view path) const;
  // The rows right beneath a map's path ("" is the root), in the table's order.
  [[nodiscard]] std::vector<const Option*> children(std::string_view path) const;
  // For a map with keys of the user's choice: the row "path.*", else null.
  [[nodiscard]] const Option* any_child(std::string_view path) const;

 private:
  std::span<const Option> rows_;
};

std::string child_path(std::string_view parent, std::string_view key);
// A path for people: "load[].arrival" is "load.arrival", "targets.*" is "targets".
std::string plain_path(std::string_view path);
std::vector<std::string_view> words(std::string_view blank_separated);

// The scenario language and the authorisation file's.
const OptionTable& scenario_options();
const OptionTable& authorisation_options();

// What a type is called and what a value of it looks like: {"a rate", "200/s"}.
struct TypeName {
  std::string_view noun;
  std::string_view example;
};
TypeName describe(Type type);

}  // namespace rampart::scenarios
