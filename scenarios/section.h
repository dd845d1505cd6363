#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "scenarios/options.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {

// One map of a document together with its place in the language: typed reading with the table's
// defaults. What validate() found wrong reads as the default; it has been reported already.
// Borrows the document, the table and the diagnostics.
class Section {
 public:
  Section(const Node* node, std::string path, const OptionTable& table, Diagnostics& out)
      : node_(node), path_(std::move(path)), table_(&table), out_(&out) {}

  [[nodiscard]] bool present() const { return node_ != nullptr; }
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  // Whether the key is there with a single value that fits its option.
  [[nodiscard]] bool valid(std::string_view key) const;

  [[nodiscard]] std::string text(std::string_view key) const;  // empty where there is no default
  [[nodiscard]] std::uint64_t count(std::string_view key) const;
  [[nodiscard]] std::uint64_t bytes(std::string_view key) const;
  [[nodiscard]] base::Nanos duration(std::string_view key) const;
  [[nodiscard]] base::Rps rate(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;

  // One value or a list of them, each with its place.
  struct Item {
    std::string text;
    Place place;
  };
  [[nodiscard]] std::vector<Item> many(std::string_view key) const;
  // Keys of the user's choice with their single values.
  struct Entry {
    Item key;
    Item value;
  };
  [[nodiscard]] std::vector<Entry> entries(std::string_view key) const;

  // A map beneath; not present() where it is missing or no map.
  [[nodiscard]] Section section(std::string_view key) const;
  // The maps of a list.
  [[nodiscard]] std::vector<Section> items(std::string_view key) const;
  // The maps of a map with keys of the user's choice.
  struct Named;
  [[nodiscard]] std::vector<Named> named(std::string_view key) const;

  // Of the key's value; of the section where the key is missing.
  [[nodiscard]] Place place(std::string_view key) const;
  [[nodiscard]] Place place() const { return node_ == nullptr ? Place{} : node_->place; }
  void error(std::string_view key, std::string message) const {
    out_->add(place(key), std::move(message));
  }
  void error(const Place& place, std::string message) const {
    out_->add(place, std::move(message));
  }

 private:
  [[nodiscard]] const Option& option(std::string_view key) const;
  [[nodiscard]] const Node* find(std::string_view key) const {
    return node_ == nullptr ? nullptr : node_->find(key);
  }

  const Node* node_;  // null: the section is missing
  std::string path_;
  const OptionTable* table_;
  Diagnostics* out_;
};

struct Section::Named {
  Item name;
  Section section;
};

}  // namespace rampart::scenarios
