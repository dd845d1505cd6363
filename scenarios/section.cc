#include "scenarios/section.h"

#include "base/assert.h"
#include "scenarios/values.h"

namespace rampart::scenarios {

// A key that the table lacks is a mistake in rampart, not in the scenario.
const Option& Section::option(std::string_view key) const {
  const Option* option = table_->find(child_path(path_, key));
  RAMPART_ASSERT(option != nullptr);
  return *option;
}

bool Section::valid(std::string_view key) const {
  const Node* node = find(key);
  return node != nullptr && node->kind == Node::Kind::scalar &&
         check_value(option(key), node->value);
}

std::string Section::text(std::string_view key) const {
  const Option& row = option(key);
  const Node* node = find(key);
  if (node != nullptr && node->kind == Node::Kind::scalar && check_value(row, node->value))
    return node->value;
  return std::string(row.fallback);
}

std::uint64_t Section::count(std::string_view key) const {
  return base::parse_count(text(key)).value_or(0);
}

std::uint64_t Section::bytes(std::string_view key) const {
  return base::parse_bytes(text(key)).value_or(0);
}

base::Nanos Section::duration(std::string_view key) const {
  return base::parse_duration(text(key)).value_or(base::Nanos(0));
}

base::Rps Section::rate(std::string_view key) const {
  return base::parse_rate(text(key)).value_or(base::Rps{0});
}

bool Section::boolean(std::string_view key) const { return text(key) == "true"; }

std::vector<Section::Item> Section::many(std::string_view key) const {
  std::vector<Item> out;
  const Option& row = option(key);
  const Node* node = find(key);
  const auto take = [&](const Node& item) {
    if (item.kind == Node::Kind::scalar && check_value(row, item.value))
      out.push_back({item.value, item.place});
  };
  if (node == nullptr) return out;
  if (node->kind == Node::Kind::list)
    for (const auto& item : node->items) take(item);
  else
    take(*node);
  return out;
}

std::vector<Section::Entry> Section::entries(std::string_view key) const {
  std::vector<Entry> out;
  const Option* each = table_->any_child(child_path(path_, key));
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::map) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const auto& item = node->items[i];
    if (item.kind == Node::Kind::scalar && check_value(*each, item.value))
      out.push_back({{node->keys[i].text, node->keys[i].place}, {item.value, item.place}});
  }
  return out;
}

Section Section::section(std::string_view key) const {
  const Node* node = find(key);
  const bool map = node != nullptr && node->kind == Node::Kind::map;
  return {map ? node : nullptr, child_path(path_, key), *table_, *out_};
}

std::vector<Section> Section::items(std::string_view key) const {
  std::vector<Section> out;
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::list) return out;
  for (const auto& item : node->items)
    if (item.kind == Node::Kind::map)
      out.emplace_back(&item, child_path(path_, key) + "[]", *table_, *out_);
  return out;
}

std::vector<Section::Named> Section::named(std::string_view key) const {
  std::vector<Named> out;
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::map) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i)
    if (node->items[i].kind == Node::Kind::map)
      out.push_back(
          {{node->keys[i].text, node->keys[i].place},
           Section(&node->items[i], child_path(child_path(path_, key), "*"), *table_, *out_)});
  return out;
}

Place Section::place(std::string_view key) const {
  const Node* node = find(key);
  return node == nullptr ? place() : node->place;
}

}  // namespace rampart::scenarios
