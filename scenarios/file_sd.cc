#include "scenarios/file_sd.h"

#include <fmt/core.h>

#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

Labels labels_of(const Node& group, Diagnostics& out) {
  Labels labels;
  const Node* map = group.find("labels");
  if (map == nullptr || map->kind == Node::Kind::null) return labels;
  if (map->kind != Node::Kind::map) {
    out.add(map->place, fmt::format("labels: expected a map, found {}", to_string(map->kind)));
    return labels;
  }
  for (std::size_t i = 0; i < map->items.size(); ++i) {
    if (map->items[i].kind != Node::Kind::scalar)
      out.add(map->items[i].place, fmt::format("label {}: expected a text, found {}",
                                               map->keys[i].text, to_string(map->items[i].kind)));
    labels.emplace_back(map->keys[i].text, map->items[i].value);
  }
  return labels;
}

void add_group(const Node& group, std::vector<SdTarget>& targets, Diagnostics& out) {
  if (group.kind != Node::Kind::map)
    return out.add(group.place, fmt::format("expected a map with targets and labels, found {}",
                                            to_string(group.kind)));
  for (const auto& key : group.keys)
    if (key.text != "targets" && key.text != "labels")
      out.add(key.place, fmt::format("unknown key '{}': known are targets, labels", key.text));
  const Node* list = group.find("targets");
  if (list == nullptr || list->kind != Node::Kind::list)
    return out.add(list == nullptr ? group.place : list->place, "targets: a list is needed");
  const auto labels = labels_of(group, out);
  for (const auto& item : list->items) {
    if (item.kind != Node::Kind::scalar || item.value.empty() ||
        item.value.find_first_of("/ ") != std::string::npos)
      out.add(item.place, "a target is host:port, without a scheme and a path");
    else if (targets.size() == kMostSdTargets)
      return out.add(item.place, fmt::format("more than {} targets", kMostSdTargets));
    else
      targets.push_back({item.value, labels});
  }
}

}  // namespace

std::vector<SdTarget> parse_file_sd(std::string_view text, Diagnostics& out) {
  std::vector<SdTarget> targets;
  const auto root = parse_yaml(text, out);
  if (!root) return targets;
  if (root->kind != Node::Kind::list)
    out.add(root->place, fmt::format("expected a list of groups, found {}", to_string(root->kind)));
  else
    for (const auto& group : root->items) add_group(group, targets, out);
  return targets;
}

}  // namespace rampart::scenarios
