#include "scenarios/rule_variables.h"

#include <fmt/core.h>

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

void read_group(const Node& vars, std::string_view key, RuleVariableMap& values, Diagnostics& out) {
  const auto* group = vars.find(key);
  if (group == nullptr || group->kind == Node::Kind::null) return;
  if (group->kind != Node::Kind::map) {
    out.add(group->place,
            fmt::format("{} is {}, not a map of names to values", key, to_string(group->kind)));
    return;
  }
  for (std::size_t i = 0; i < group->items.size(); ++i)
    values[group->keys[i].text] = value_of(group->items[i], group->keys[i].text, out);
}

}  // namespace

base::Result<RuleVariableMap> parse_rule_variables(std::string_view text, const std::string& path) {
  Diagnostics out(path);
  const auto root = parse_yaml(text, out);
  RuleVariableMap values;
  if (root) {
    const auto* vars = root->find("vars");
    if (vars == nullptr) {
      out.add(root->place, "there is no vars: with address-groups: or port-groups: below it");
    } else {
      read_group(*vars, "address-groups", values, out);
      read_group(*vars, "port-groups", values, out);
    }
  }
  const auto errors = out.take();
  if (!errors.empty()) return base::fail(base::Errc::config, to_text(errors));
  return values;
}

base::Result<RuleVariableMap> load_rule_variables(const std::string& path) {
  RAMPART_TRY(const std::string text, read_text_file(path));
  return parse_rule_variables(text, path);
}

}  // namespace rampart::scenarios
