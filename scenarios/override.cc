#include "scenarios/override.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/spelling.h"
#include "model/url_secret.h"

namespace rampart::scenarios {
namespace {

bool is_prefix(std::string_view key, std::string_view path) {
  return path.starts_with(key) && (path.size() == key.size() || path[key.size()] == '.');
}

std::string list_of(const std::vector<std::string_view>& names) {
  std::string out;
  for (const auto name : names) out += fmt::format("{}{}", out.empty() ? "" : ", ", name);
  return out;
}

std::string not_among(std::string_view word, const std::vector<std::string_view>& names,
                      std::string_view noun) {
  const auto near = base::nearest(word, names);
  if (!near.empty()) return fmt::format("no {} '{}': did you mean '{}'?", noun, word, near);
  if (names.empty()) return fmt::format("no {} '{}': there is none at all", noun, word);
  return fmt::format("no {} '{}': there are {}", noun, word, list_of(names));
}

void place_all(Node& node, const Place& place) {
  node.place = place;
  for (auto& key : node.keys) key.place = place;
  for (auto& item : node.items) place_all(item, place);
}

// Follows one override's path through the document and the language at once.
class PathWalk {
 public:
  PathWalk(Node& root, std::string_view path, const OptionTable& table, Place place,
           Diagnostics& out)
      : node_(&root), rest_(path), table_(table), place_(place), out_(out) {}

  // The node that the path means, made where it may be; null where the path is wrong.
  Node* find() {
    if (rest_.empty()) return fail("the key is missing, as in load.browse.connections=8");
    while (!rest_.empty()) {
      const bool ok = node_->kind == Node::Kind::list ? into_list() : into_map();
      if (!ok) return nullptr;
    }
    return node_;
  }

 private:
  // Reports, and takes back what was made on the way here.
  Node* fail(std::string message) {
    out_.add(place_, std::move(message));
    if (grown_ != nullptr) {
      grown_->keys.pop_back();
      grown_->items.pop_back();
      grown_->kind = grown_kind_;
    }
    return nullptr;
  }

  std::string_view segment() const { return rest_.substr(0, rest_.find('.')); }
  void consume(std::size_t size) {
    rest_.remove_prefix(std::min(rest_.size(), size + 1));  // and the dot
  }

  bool into_list() {
    const Option* option = table_.find(option_path_);
    if (option == nullptr || option->type != Type::list)
      return fail(fmt::format("{} is set as a whole, as in [a, b]", plain_path(option_path_)));
    std::vector<std::string_view> names;
    Node* chosen = nullptr;
    std::string_view chosen_name;
    for (auto& item : node_->items) {
      const Node* name = item.find("name");
      if (name == nullptr || name->value.empty()) continue;
      names.push_back(name->value);
      if (is_prefix(name->value, rest_) && name->value.size() >= chosen_name.size()) {
        chosen = &item;
        chosen_name = name->value;
      }
    }
    const auto word = chosen != nullptr ? chosen_name : segment();
    if (chosen == nullptr) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
      const bool number = error == std::errc{} && end == word.data() + word.size();
      if (number && index < node_->items.size()) chosen = &node_->items[index];
      if (number && chosen == nullptr)
        return fail(fmt::format("{} has {} items, counted from 0", plain_path(option_path_),
                                node_->items.size()));
    }
    if (chosen == nullptr) return fail(not_among(word, names, plain_path(option_path_)));
    option_path_ += "[]";
    node_ = chosen;
    consume(word.size());
    return true;
  }

  bool into_map() {
    const Option* any = table_.any_child(option_path_);
    const auto options = table_.children(option_path_);
    const Option* here = table_.find(option_path_);
    if (here != nullptr && here->planned)
      return fail(fmt::format("'{}' is not supported yet", here->key()));
    if (here != nullptr && here->type == Type::list)
      return fail(fmt::format("the scenario has no {}", plain_path(option_path_)));
    if (any == nullptr && options.empty())
      return fail(fmt::format("{} has no keys beneath it", plain_path(option_path_)));
    if (node_->kind == Node::Kind::scalar)
      return fail(
          fmt::format("{} is '{}' here, not a map", plain_path(option_path_), node_->value));
    if (any != nullptr) return into_named(*any);
    std::vector<std::string_view> names;
    for (const Option* option : options) {
      if (option->key() == segment()) {
        const auto key = option->key();
        option_path_ = option->path;
        descend(key);
        return true;
      }
      names.push_back(option->key());
    }
    const auto where = option_path_.empty() ? "" : " in " + plain_path(option_path_);
    const auto near = base::nearest(segment(), names);
    if (!near.empty())
      return fail(fmt::format("unknown key '{}'{}: did you mean '{}'?", segment(), where, near));
    return fail(fmt::format("unknown key '{}'{}: known are {}", segment(), where, list_of(names)));
  }

  // Keys of the user's choice may hold dots: the longest that is there, else all that is left.
  bool into_named(const Option& any) {
    std::string_view key;
    std::vector<std::string_view> names;
    for (const auto& known : node_->keys) {
      names.push_back(known.text);
      if (is_prefix(known.text, rest_) && known.text.size() > key.size()) key = known.text;
    }
    if (key.empty() && any.type == Type::map)
      return fail(not_among(segment(), names, plain_path(option_path_)));
    if (key.empty()) key = rest_;
    option_path_ = any.path;
    descend(key);
    return true;
  }

  void descend(std::string_view key) {
    Node* next = node_->find(key);
    if (next == nullptr) {
      if (grown_ == nullptr) {
        grown_ = node_;
        grown_kind_ = node_->kind;
      }
      node_->kind = Node::Kind::map;
      node_->keys.push_back({std::string(key), place_});
      node_->items.push_back(
          {.kind = Node::Kind::null, .place = place_, .value = {}, .keys = {}, .items = {}});
      next = &node_->items.back();
    }
    const auto size = key.size();
    node_ = next;
    consume(size);
  }

  Node* node_;
  Node* grown_ = nullptr;  // the first map that got a new key
  Node::Kind grown_kind_ = Node::Kind::null;
  std::string_view rest_;
  const OptionTable& table_;
  Place place_;
  Diagnostics& out_;
  std::string option_path_;
};

}  // namespace

std::string without_credentials(const std::string& text) {
  const auto equals = text.find('=');
  const auto key = "." + text.substr(0, equals) + ".";
  if (equals == std::string::npos) return text;
  const auto begin = text.substr(0, equals + 1);
  if (key.find(".auth.") != std::string::npos) return begin + "...";
  return begin + model::shown_url(std::string_view(text).substr(equals + 1));
}

void apply_override(Node& root, const std::string& text, int index, const OptionTable& table,
                    Diagnostics& out) {
  const Place place{0, 0, index};
  const auto equals = text.find('=');
  if (equals == std::string::npos) {
    out.add(place, "write key=value, as in load.browse.connections=8");
    return;
  }
  const auto key = std::string_view(text).substr(0, equals);
  if (key.ends_with(".auth.password") || key.ends_with(".auth.bearer")) {
    out.add(place,
            "whoever lists processes would read it: write it to a file, and give its name "
            "with password_file or bearer_file");
    return;
  }
  const auto value = std::string_view(text).substr(equals + 1);
  Node fresh{.kind = Node::Kind::scalar,
             .place = place,
             .value = std::string(value),
             .keys = {},
             .items = {}};
  if (!value.empty() && std::string_view("[{\"'").find(value.front()) != std::string_view::npos) {
    Diagnostics trouble("");
    auto parsed = parse_yaml(value, trouble);
    for (const auto& diagnostic : trouble.take()) out.add(place, diagnostic.message);
    if (!parsed) return;
    fresh = std::move(*parsed);
    place_all(fresh, place);
  }
  PathWalk walk(root, key, table, place, out);
  if (Node* node = walk.find()) *node = std::move(fresh);
}

}  // namespace rampart::scenarios
