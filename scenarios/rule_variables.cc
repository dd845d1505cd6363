#include "scenarios/rule_variables.h"

#include <fmt/core.h>

#include "base/spelling.h"
#include "scenarios/text_file.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {
namespace {

std::string value_of(const Node& node, const std::string& name, Diagnostics& out) {
  if (node.kind == Node::Kind::scalar) return node.value;
  if (node.kind != Node::Kind::list) {
    out.add(node.place,
            fmt::format("{} is {}; write a text or a list of texts", name, to_string(node.kind)));
    return {};
  }
  std::string list;
  for (const auto& item : node.items) {
    if (item.kind != Node::Kind::scalar) {
      out.add(item.place,
              fmt::format("this part of {} is {}, not a text", name, to_string(item.kind)));
      return {};
    }
    list += (list.empty() ? "" : ",") + item.value;
  }
  return "[" + list + "]";
}

struct Group {
  std::string_view key;
  RuleVariableGroup kind;
};
constexpr Group kGroups[] = {{"address-groups", RuleVariableGroup::addresses},
                             {"port-groups", RuleVariableGroup::ports}};

void read_group(const Node& group, std::string_view key, RuleVariableMap& values,
                Diagnostics& out) {
  if (group.kind == Node::Kind::null) return;
  if (group.kind != Node::Kind::map) {
    out.add(group.place,
            fmt::format("{} is {}, not a map of names to values", key, to_string(group.kind)));
    return;
  }
  for (std::size_t i = 0; i < group.items.size(); ++i)
    values[group.keys[i].text] = value_of(group.items[i], group.keys[i].text, out);
}

void unknown_key(const Node::Key& key, Diagnostics& out) {
  const std::string_view known[] = {kGroups[0].key, kGroups[1].key};
  const auto near = base::nearest(key.text, known);
  out.add(key.place, near.empty() ? fmt::format("unknown key '{}' in vars: names stand below {}: "
                                                "or {}:",
                                                key.text, known[0], known[1])
                                  : fmt::format("unknown key '{}' in vars: did you mean '{}'?",
                                                key.text, near));
}

void read_vars(const Node& vars, CheckRuleVariable check, RuleVariableMap& values,
               Diagnostics& out) {
  if (vars.kind != Node::Kind::map) {
    out.add(vars.place, fmt::format("vars is {}, not a map with address-groups: or port-groups:",
                                    to_string(vars.kind)));
    return;
  }
  for (const auto& key : vars.keys)
    if (key.text != kGroups[0].key && key.text != kGroups[1].key) unknown_key(key, out);
  for (const auto& group : kGroups)
    if (const auto* node = vars.find(group.key)) read_group(*node, group.key, values, out);
  if (check == nullptr || !out.empty()) return;
  // A value may be of names that stand below it.
  for (const auto& group : kGroups) {
    const auto* node = vars.find(group.key);
    if (node == nullptr) continue;
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const auto& name = node->keys[i].text;
      if (const auto wrong = check(group.kind, values[name], values); !wrong.empty())
        out.add(node->items[i].place, fmt::format("{}: {}", name, wrong));
    }
  }
}

}  // namespace

base::Result<RuleVariableMap> parse_rule_variables(std::string_view text, const std::string& path,
                                                   CheckRuleVariable check) {
  Diagnostics out(path);
  const auto root = parse_yaml(text, out);
  RuleVariableMap values;
  if (root) {
    const auto* vars = root->find("vars");
    if (vars == nullptr)
      out.add(root->place, "there is no vars: with address-groups: or port-groups: below it");
    else
      read_vars(*vars, check, values, out);
  }
  const auto errors = out.take();
  if (!errors.empty()) return base::fail(base::Errc::config, to_text(errors));
  return values;
}

base::Result<RuleVariableMap> load_rule_variables(const std::string& path,
                                                  CheckRuleVariable check) {
  RAMPART_TRY(const std::string text, read_text_file(path));
  return parse_rule_variables(text, path, check);
}

}  // namespace rampart::scenarios
