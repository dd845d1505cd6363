#include "scenarios/file_sd.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/ip_address.h"
#include "model/url_secret.h"
#include "scenarios/values.h"
#include "scenarios/yaml_tree.h"

namespace rampart::scenarios {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kForm =
    "a target is host:port and nothing else: no scheme, user, path or query";

// Of what follows a host: "", ":9100". Empty where it may stand.
std::string_view wrong_port(std::string_view text) {
  if (text.empty()) return {};
  if (!text.starts_with(':')) return kForm;
  text.remove_prefix(1);
  if (text.empty()) return "the port is missing after ':'";
  if (text.find_first_not_of("0123456789") != text.npos) return kForm;
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  return parsed.ec != std::errc{} || port == 0 ? "the port must be 1 to 65535" : "";
}

// A name or an address, in brackets where it is one of IPv6, and a port: what else an URL can hold
// would be another page, or another spelling of the same one. Empty where it may stand.
std::string_view wrong_address(std::string_view text) {
  if (base::IpAddress::parse(text) && text.find(':') != text.npos)
    return "an address of IPv6 stands in brackets, as in [::1]:9100";
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return "the bracket is not closed, as in [::1]:9100";
    const auto address = text.substr(1, end - 1);
    if (address.find(':') == address.npos || !base::IpAddress::parse(address))
      return "what stands in brackets is no address of IPv6";
    return wrong_port(text.substr(end + 1));
  }
  const auto host = text.substr(0, text.find(':'));
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
  };
  if (host.empty()) return "the host is missing: a target is host:port";
  return std::all_of(host.begin(), host.end(), fits) ? wrong_port(text.substr(host.size())) : kForm;
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
    const auto& name = map->keys[i];
    if (!name.text.starts_with("__") && !is_label_name(name.text))
      out.add(name.place,
              fmt::format("'{}' is no label: letters, digits and _, not beginning with a digit",
                          name.text));
    if (map->items[i].kind != Node::Kind::scalar)
      out.add(map->items[i].place, fmt::format("label {}: expected a text, found {}", name.text,
                                               to_string(map->items[i].kind)));
    labels.emplace_back(name.text, map->items[i].value);
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
    const auto wrong = item.kind == Node::Kind::scalar ? wrong_address(item.value) : kForm;
    if (!wrong.empty())
      out.add(item.place,
              item.value.empty() ? std::string(wrong) : fmt::format("'{}': {}", model::shown_url(item.value), wrong));
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
