#include "scenarios/blackbox/block_reader.h"

#include "base/assert.h"
#include "scenarios/blackbox/field_value.h"

namespace rampart::scenarios::blackbox {

// A key that the block lacks is a mistake in rampart, not in the file.
const Field& Reader::field(std::string_view key) const {
  const Field* row = block_->find(key);
  RAMPART_ASSERT(row != nullptr);
  return *row;
}

const Node* Reader::find(std::string_view key) const {
  const Node* found = node_ == nullptr ? nullptr : node_->find(key);
  return found == nullptr || found->kind == Node::Kind::null ? nullptr : found;
}

bool Reader::sound(const Field& field, const Node& node) const {
  return node.kind == Node::Kind::scalar && check_value(field, node);
}

std::string Reader::text(std::string_view key) const {
  const Field& row = field(key);
  const Node* node = find(key);
  if (node != nullptr && sound(row, *node) && !node->value.empty()) return node->value;
  return std::string(row.fallback);
}

bool Reader::boolean(std::string_view key) const {
  return parse_boolean(text(key)).value_or(false);
}

std::int64_t Reader::integer(std::string_view key) const {
  return parse_integer(text(key)).value_or(0);
}

std::uint64_t Reader::size(std::string_view key) const { return parse_size(text(key)).value_or(0); }

base::Nanos Reader::duration(std::string_view key) const {
  return parse_timeout(text(key)).value_or(base::Nanos(0));
}

std::vector<Reader::Item> Reader::items(std::string_view key) const {
  std::vector<Item> out;
  const Field& row = field(key);
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::list) return out;
  for (const auto& item : node->items)
    if (sound(row, item)) out.push_back({item.value, item.place});
  return out;
}

std::vector<std::string> Reader::list(std::string_view key) const {
  std::vector<std::string> out;
  for (auto& item : items(key)) out.push_back(std::move(item.text));
  return out;
}

std::vector<std::pair<Reader::Item, Reader::Item>> Reader::entries(std::string_view key) const {
  std::vector<std::pair<Item, Item>> out;
  const Field& row = field(key);
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::map) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const auto& item = node->items[i];
    if (item.kind == Node::Kind::null || sound(row, item))  // no value is an empty one
      out.emplace_back(Item{node->keys[i].text, node->keys[i].place}, Item{item.value, item.place});
  }
  return out;
}

Pairs Reader::pairs(std::string_view key) const {
  Pairs out;
  for (auto& [name, value] : entries(key))
    out.emplace_back(std::move(name.text), std::move(value.text));
  return out;
}

std::vector<std::pair<Reader::Item, std::string>> Reader::lists(std::string_view key) const {
  std::vector<std::pair<Item, std::string>> out;
  const Field& row = field(key);
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::map) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i)
    for (const auto& item : node->items[i].items)
      if (sound(row, item))
        out.emplace_back(Item{node->keys[i].text, node->keys[i].place}, item.value);
  return out;
}

Reader Reader::block(std::string_view key) const {
  const Node* node = find(key);
  const bool map = node != nullptr && node->kind == Node::Kind::map;
  return {map ? node : nullptr, *field(key).block, *out_};
}

std::vector<Reader> Reader::blocks(std::string_view key) const {
  std::vector<Reader> out;
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::list) return out;
  for (const auto& item : node->items)
    if (item.kind == Node::Kind::map) out.emplace_back(&item, *field(key).block, *out_);
  return out;
}

std::vector<std::pair<Reader::Item, Reader>> Reader::named(std::string_view key) const {
  std::vector<std::pair<Item, Reader>> out;
  const Node* node = find(key);
  if (node == nullptr || node->kind != Node::Kind::map) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i)
    if (node->items[i].kind == Node::Kind::map)
      out.emplace_back(Item{node->keys[i].text, node->keys[i].place},
                       Reader(&node->items[i], *field(key).block, *out_));
  return out;
}

Place Reader::place(std::string_view key) const {
  const Node* node = find(key);
  if (node != nullptr) return node->place;
  return node_ == nullptr ? Place{} : node_->place;
}

}  // namespace rampart::scenarios::blackbox
