#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostic.h"

namespace rampart::scenarios {

// A YAML document as plain data, every piece with its place. Aliases and merge keys (<<) are
// already followed.
struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  struct Key {
    std::string text;
    Place place;
  };

  Kind kind = Kind::null;
  Place place;
  std::string value;        // scalar
  bool quoted = false;      // scalar: a text by its quotes or tag, whatever it looks like
  std::vector<Key> keys;    // map: one per item
  std::vector<Node> items;  // list, map

  // Null where there is no such key, or this is no map.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
};

// "a list", "a map", ... for messages.
std::string_view to_string(Node::Kind kind);

// Limits of one document. The text is hostile: an alias can multiply what a few bytes hold.
inline constexpr std::size_t kMaxYamlBytes = 1 << 20;
inline constexpr std::size_t kMaxYamlNodes = 20'000;  // aliases counted each time, long texts more
inline constexpr int kMaxYamlDepth = 32;

// Reads one YAML document. Nothing where it cannot be read at all; `out` then says why. Duplicate
// keys are reported in `out` and the first one is kept.
std::optional<Node> parse_yaml(std::string_view text, Diagnostics& out);

}  // namespace rampart::scenarios
