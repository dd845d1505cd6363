#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// The language of blackbox.yml as rows: what is checked, what is masked and what the reference in
// docs/blackbox.md says. It is not the scenario language: values follow the rules of the Go library
// that reads the same file in blackbox_exporter (nothing given is the default, quotes make a text).

namespace rampart::scenarios::blackbox {

// What a single value may be.
enum class Kind : std::uint8_t {
  text,       // any text
  secret,     // a text that is never shown
  header,     // one line; not shown where the header's name tells of a credential
  parameter,  // any text; not shown where its name tells of a credential
  pattern,    // a regular expression of RE2
  file,       // a path
  boolean,    // true, false
  integer,    // 64, 0x40
  size,       // 10MB
  duration,   // 5s
  proxy,      // http://proxy.example.org:3128; its password is not shown
  url,        // https://example.org/token; its password is not shown
  choice,     // one of `choices`
  address,    // 192.0.2.1
};

// How many of them, and in what.
enum class Form : std::uint8_t {
  one,
  list,    // of values
  pairs,   // names of the user's choice, with a value each
  lists,   // names of the user's choice, with a list of values each
  block,   // the fields of `block`
  blocks,  // a list of those
  named,   // names of the user's choice, with the fields of `block` each
};

struct Block;

struct Field {
  std::string_view key;
  Form form = Form::one;
  Kind kind = Kind::text;
  bool required = false;
  std::string_view fallback = {};         // the default, as one would write it; empty: none
  std::string_view choices = {};          // blank-separated
  std::string_view refused_choices = {};  // words of blackbox_exporter that rampart has not
  std::int64_t min = 0;                   // of integers, inclusive
  std::int64_t max = 0;
  const Block* block = nullptr;
  // Why a key that blackbox_exporter has is refused, and what to do; empty: it is not. Such a row
  // needs no help.
  std::string_view refused = {};
  std::string_view help = {};
};

// The fields of one kind of map.
struct Block {
  std::string_view name;  // in messages and in the reference
  std::span<const Field> fields;

  // Null where there is none.
  [[nodiscard]] const Field* find(std::string_view key) const;
};

// The whole file.
const Block& file_block();
// Every block, in the order of the reference.
std::span<const Block* const> all_blocks();

}  // namespace rampart::scenarios::blackbox
