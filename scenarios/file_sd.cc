#include "scenarios/file_sd.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "base/ip_address.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// "", ":9100".
bool is_port(std::string_view text) {
  constexpr std::size_t kMostDigits = 5;
  return text.empty() ||
         (text.starts_with(':') && text.size() > 1 && text.size() <= 1 + kMostDigits &&
          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

// A name or an address, in brackets where it is one of IPv6, and a port: what else an URL can hold
// would be another page, or another spelling of the same one.
bool is_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_port(text.substr(end + 1))) return false;
    const auto address = text.substr(1, end - 1);
    return address.find(':') != std::string_view::npos && base::IpAddress::parse(address);
  }
  const auto host = text.substr(0, text.find(':'));
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), fits) &&
         is_port(text.substr(host.size()));
}

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
    if (item.kind != Node::Kind::scalar || !is_host_port(item.value))
      out.add(item.place, "a target is host:port and nothing else: no scheme, user, path or query");
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
