#include "scenarios/validate.h"

#include <fmt/core.h>

#include "base/spelling.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

class Validator {
 public:
  Validator(const OptionTable& table, Diagnostics& out) : table_(table), out_(out) {}

  // `path` is a map's row ("load[]") or "" for the root.
  void map(const Node& node, std::string_view path) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto& key = node.keys[i];
      const Option* option = child(path, key.text);
      if (option == nullptr) {
        out_.add(key.place, unknown_key(key.text, path));
      } else if (option->planned) {
        out_.add(key.place, fmt::format("'{}' is not supported yet", key.text));
      } else {
        value(node.items[i], *option, option->path);
      }
    }
    for (const Option* option : table_.children(path))
      if (option->required && node.find(option->key()) == nullptr)
        out_.add(node.place,
                 fmt::format("'{}' is missing{}: {}", option->key(), within(path), option->help));
  }

 private:
  static std::string within(std::string_view path) {
    return path.empty() ? std::string() : " in " + plain_path(path);
  }

  // Not by path: a key of the file may hold dots.
  const Option* child(std::string_view path, std::string_view key) const {
    for (const Option* option : table_.children(path))
      if (option->key() == key) return option;
    return nullptr;
  }

  std::string unknown_key(std::string_view key, std::string_view path) const {
    const auto known = table_.children(path);
    const auto start = fmt::format("unknown key '{}'{}", key, within(path));
    for (const auto& row : table_.rows())
      if (row.key() == key && row.path.starts_with(path) && key != "*")
        return fmt::format("{}: it belongs in {}", start,
                           plain_path(row.path.substr(0, row.path.rfind('.'))));
    std::vector<std::string_view> names;
    std::string list;
    for (const Option* option : known) {
      names.push_back(option->key());
      list += fmt::format("{}{}", list.empty() ? "" : ", ", option->key());
    }
    const auto near = base::nearest(key, names);
    if (!near.empty()) return fmt::format("{}: did you mean '{}'?", start, near);
    return fmt::format("{}: known are {}", start, list);
  }

  void wrong_shape(const Node& node, const Option& option, std::string_view label) {
    const auto type = describe(option.type);
    if (node.kind == Node::Kind::null)
      out_.add(node.place,
               fmt::format("{}: the value is missing, such as {}", plain(label), example(option)));
    else
      out_.add(node.place, fmt::format("{}: expected {} such as {}, found {}", plain(label),
                                       type.noun, example(option), to_string(node.kind)));
  }

  static std::string example(const Option& option) {
    if (option.type == Type::choice) return std::string(words(option.choices).front());
    if (option.type == Type::text || option.type == Type::count || option.type == Type::duration)
      if (!option.fallback.empty()) return std::string(option.fallback);
    return std::string(describe(option.type).example);
  }

  static std::string plain(std::string_view label) { return plain_path(label); }

  void value(const Node& node, const Option& option, std::string_view label) {
    switch (option.type) {
      case Type::map:
        if (node.kind != Node::Kind::map) return wrong_shape(node, option, label);
        return map(node, option.path);
      case Type::named: return named(node, option, label);
      case Type::list: return list(node, option, label);
      default: break;
    }
    if (option.or_map && node.kind == Node::Kind::map) return map(node, option.path);
    if (option.many && node.kind == Node::Kind::list) {
      if (node.items.empty())
        out_.add(node.place, fmt::format("{}: the list is empty", plain(label)));
      for (const auto& item : node.items) scalar(item, option, label);
      return;
    }
    scalar(node, option, label);
  }

  void scalar(const Node& node, const Option& option, std::string_view label) {
    if (node.kind != Node::Kind::scalar) return wrong_shape(node, option, label);
    const auto status = check_value(option, node.value);
    if (!status) out_.add(node.place, fmt::format("{}: {}", plain(label), status.error().text));
  }

  void named(const Node& node, const Option& option, std::string_view label) {
    if (node.kind != Node::Kind::map) return wrong_shape(node, option, label);
    const Option* each = table_.any_child(option.path);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (each->type == Type::map || each->or_map) {
        constexpr Option kName{.path = "name", .type = Type::name, .help = {}};
        const auto status = check_value(kName, node.keys[i].text);
        if (!status) out_.add(node.keys[i].place, status.error().text);
      }
      value(node.items[i], *each, child_path(option.path, node.keys[i].text));
    }
  }

  void list(const Node& node, const Option& option, std::string_view label) {
    if (node.kind != Node::Kind::list) return wrong_shape(node, option, label);
    const auto path = std::string(option.path) + "[]";
    for (const auto& item : node.items) {
      if (item.kind == Node::Kind::map)
        map(item, path);
      else
        out_.add(item.place,
                 fmt::format("{}: each item is a map such as {{ {}: ... }}, found {}", plain(label),
                             table_.children(path).front()->key(), to_string(item.kind)));
    }
  }

  const OptionTable& table_;
  Diagnostics& out_;
};

}  // namespace

void validate(const Node& root, const OptionTable& table, Diagnostics& out) {
  if (root.kind != Node::Kind::map) {
    out.add(root.place, fmt::format("expected keys such as '{}:', found {}",
                                    table.children("").front()->key(), to_string(root.kind)));
    return;
  }
  Validator(table, out).map(root, "");
}

}  // namespace rampart::scenarios
