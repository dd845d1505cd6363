#include "scenarios/blackbox/block_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "base/spelling.h"
#include "scenarios/blackbox/field_value.h"

namespace rampart::scenarios::blackbox {
namespace {

class Checker {
 public:
  Checker(PatternCheck check_pattern, Findings& out) : check_pattern_(check_pattern), out_(out) {}

  void block(const Node& node, const Block& block) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto& key = node.keys[i];
      const Field* field = block.find(key.text);
      if (field == nullptr)
        out_.errors.add(key.place, unknown_key(key.text, block));
      else if (!field->refused.empty())
        refuse(key.place, node.items[i], *field);
      else if (node.items[i].kind != Node::Kind::null)
        field_value(node.items[i], *field, block);
    }
    for (const auto& field : block.fields) {
      const Node* found = node.find(field.key);
      const bool given = found != nullptr && found->kind != Node::Kind::null &&
                         !(found->kind == Node::Kind::scalar && found->value.empty());
      if (field.required && !given)
        out_.errors.add(
            found == nullptr ? node.place : found->place,
            fmt::format("'{}' is missing in {}: {}", field.key, block.name, field.help));
    }
  }

 private:
  static std::string unknown_key(std::string_view key, const Block& block) {
    const auto start = fmt::format("unknown key '{}' in {}", key, block.name);
    std::vector<std::string_view> names;
    std::string list;
    for (const auto& field : block.fields) {
      names.push_back(field.key);
      if (field.refused.empty()) list += fmt::format("{}{}", list.empty() ? "" : ", ", field.key);
    }
    const auto near = base::nearest(key, names);
    if (!near.empty()) return fmt::format("{}: did you mean '{}'?", start, near);
    const auto modules = all_blocks();
    if (std::find(modules.begin(), modules.end(), &block) == modules.end())
      return fmt::format("{}: known are {}", start, list);
    for (const Block* other : modules)
      if (const Field* field = other->find(key); field != nullptr && field->refused.empty())
        return fmt::format("{}: it belongs in {}", start, other->name);
    return fmt::format("{}: known are {}", start, list);
  }

  // What is switched off in words may stay.
  void refuse(const Place& place, const Node& node, const Field& field) {
    const bool off = field.kind == Kind::boolean && node.kind == Node::Kind::scalar &&
                     parse_boolean(node.value) == false;
    if (node.kind != Node::Kind::null && !off)
      out_.errors.add(place, fmt::format("'{}' is not supported: {}", field.key, field.refused));
  }

  static std::string_view wanted(Form form) {
    switch (form) {
      case Form::one: return "a single value";
      case Form::list: return "a list, such as [ a, b ]";
      case Form::pairs: return "a map of names with a value each";
      case Form::lists: return "a map of names with a list each, such as { a: [ b ] }";
      case Form::block: return "a map";
      case Form::blocks: return "a list of maps";
      case Form::named: return "a map of names with a map each";
    }
    return "a value";
  }

  void wrong_form(const Node& node, Form form, const std::string& label) {
    out_.errors.add(node.place, fmt::format("{}: expected {}, found {}", label, wanted(form),
                                            to_string(node.kind)));
  }

  void field_value(const Node& node, const Field& field, const Block& owner) {
    const auto label = fmt::format("{}.{}", owner.name, field.key);
    const auto outer = field.form == Form::one                                  ? Node::Kind::scalar
                       : field.form == Form::list || field.form == Form::blocks ? Node::Kind::list
                                                                                : Node::Kind::map;
    if (node.kind != outer) return wrong_form(node, field.form, label);
    switch (field.form) {
      case Form::one: return single(node, field, label);
      case Form::block: return block(node, *field.block);
      case Form::list:
      case Form::pairs:
        for (const auto& item : node.items) single(item, field, label);
        return;
      case Form::lists:
        for (const auto& item : node.items) list(item, field, label);
        return;
      case Form::blocks:
      case Form::named:
        for (const auto& item : node.items) inner(item, field, label);
        return;
    }
  }

  void single(const Node& node, const Field& field, const std::string& label) {
    if (node.kind == Node::Kind::null) return;
    if (node.kind != Node::Kind::scalar) return wrong_form(node, Form::one, label);
    auto status = check_value(field, node);
    if (status && field.kind == Kind::pattern && check_pattern_ != nullptr)
      status = check_pattern_(node.value);
    if (!status) out_.errors.add(node.place, fmt::format("{}: {}", label, status.error().text));
  }

  void list(const Node& node, const Field& field, const std::string& label) {
    if (node.kind == Node::Kind::null) return;
    if (node.kind != Node::Kind::list) return wrong_form(node, Form::list, label);
    for (const auto& item : node.items) single(item, field, label);
  }

  void inner(const Node& node, const Field& field, const std::string& label) {
    // A module without anything in it lacks its prober; a list's empty item is none.
    if (node.kind == Node::Kind::null && field.form == Form::blocks) return;
    if (node.kind == Node::Kind::null || node.kind == Node::Kind::map)
      return block(node, *field.block);
    wrong_form(node, Form::block, label);
  }

  PatternCheck check_pattern_;
  Findings& out_;
};

}  // namespace

void check_block(const Node& node, const Block& block, PatternCheck check_pattern, Findings& out) {
  if (node.kind == Node::Kind::map)
    Checker(check_pattern, out).block(node, block);
  else
    out.errors.add(node.place, fmt::format("expected keys such as '{}:', found {}",
                                           block.fields.front().key, to_string(node.kind)));
}

}  // namespace rampart::scenarios::blackbox
