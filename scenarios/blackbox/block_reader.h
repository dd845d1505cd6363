#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "scenarios/blackbox/block.h"
#include "scenarios/blackbox/block_check.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios::blackbox {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// One map of the file together with its block: typed reading with the rows' defaults. After
// check_block(): what that found wrong reads as the default. Borrows the document and the findings.
class Reader {
 public:
  Reader(const Node* node, const Block& block, Findings& out)
      : node_(node), block_(&block), out_(&out) {}

  [[nodiscard]] bool present() const { return node_ != nullptr; }
  // Whether the key has a value, be it an empty one.
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }

  // Empty where there is no default, as where an empty one is written.
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] std::uint64_t size(std::string_view key) const;
  [[nodiscard]] base::Nanos duration(std::string_view key) const;

  // A value and where it stands.
  struct Item {
    std::string text;
    Place place;
  };
  [[nodiscard]] std::vector<Item> items(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
  [[nodiscard]] std::vector<std::pair<Item, Item>> entries(std::string_view key) const;
  [[nodiscard]] Pairs pairs(std::string_view key) const;
  // The lists of a map, laid out: a name stands as often as it has values.
  [[nodiscard]] std::vector<std::pair<Item, std::string>> lists(std::string_view key) const;

  // Not present() where there is none.
  [[nodiscard]] Reader block(std::string_view key) const;
  [[nodiscard]] std::vector<Reader> blocks(std::string_view key) const;
  [[nodiscard]] std::vector<std::pair<Item, Reader>> named(std::string_view key) const;

  // Of the key's value; of the block where the key is missing.
  [[nodiscard]] Place place(std::string_view key) const;
  void error(std::string_view key, std::string message) const {
    out_->errors.add(place(key), std::move(message));
  }
  void error(const Place& at, std::string message) const {
    out_->errors.add(at, std::move(message));
  }
  void warn(const Place& at, std::string message) const {
    out_->warnings.add(at, std::move(message));
  }

 private:
  [[nodiscard]] const Field& field(std::string_view key) const;
  // Null where the key is missing or has no value.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] bool sound(const Field& field, const Node& node) const;

  const Node* node_;  // null: there is no such block
  const Block* block_;
  Findings* out_;
};

}  // namespace rampart::scenarios::blackbox
