#include "scenarios/options.h"

namespace rampart::scenarios {

const Option* OptionTable::find(std::string_view path) const {
  for (const auto& row : rows_)
    if (row.path == path) return &row;
  return nullptr;
}

std::vector<const Option*> OptionTable::children(std::string_view path) const {
  std::vector<const Option*> out;
  for (const auto& row : rows_) {
    auto rest = row.path;
    if (!path.empty()) {
      if (!rest.starts_with(path) || rest.size() <= path.size() || rest[path.size()] != '.')
        continue;
      rest.remove_prefix(path.size() + 1);
    }
    if (rest.find('.') == std::string_view::npos && rest != "*") out.push_back(&row);
  }
  return out;
}

const Option* OptionTable::any_child(std::string_view path) const {
  return find(child_path(path, "*"));
}

std::string child_path(std::string_view parent, std::string_view key) {
  std::string out(parent);
  if (!out.empty()) out += '.';
  return out += key;
}

std::string plain_path(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto rest = path.substr(i);
    if (rest.starts_with("[]") || rest.starts_with(".*"))
      ++i;
    else
      out += path[i];
  }
  return out;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto blank = text.find(' ');
    if (blank != 0) out.push_back(text.substr(0, blank));
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  }
  return out;
}

TypeName describe(Type type) {
  switch (type) {
    case Type::map: return {"a map", "{ key: value }"};
    case Type::named: return {"a map of names", "{ web: ... }"};
    case Type::list: return {"a list of maps", "[ { name: a } ]"};
    case Type::text: return {"a text", "word"};
    case Type::name: return {"a name", "web-1"};
    case Type::reference: return {"a target's name", "web"};
    case Type::choice: return {"one of a few words", ""};
    case Type::boolean: return {"a yes or no", "true"};
    case Type::count: return {"a count", "64"};
    case Type::rate: return {"a rate", "200/s"};
    case Type::bytes: return {"a size", "64KiB"};
    case Type::byte_rate: return {"a byte rate", "1KB/s"};
    case Type::duration: return {"a duration", "10s"};
    case Type::percent: return {"a percentage", "95%"};
    case Type::url: return {"a URL", "http://127.0.0.1:8080/"};
    case Type::file: return {"a file", "certs/ca.pem"};
    case Type::glob: return {"a file or pattern", "rules/*.rules"};
    case Type::method: return {"an HTTP method", "GET"};
    case Type::request_path: return {"a request path", "/login"};
    case Type::path_template: return {"a request path", "/item/{{id}}"};
    case Type::header: return {"a header's value", "application/json"};
    case Type::at_least: return {"a lower limit", ">= 98%"};
    case Type::below_share: return {"an upper limit", "< 0.1%"};
    case Type::below_duration: return {"an upper limit", "< 250ms"};
    case Type::stop_below: return {"a condition", "< 50% for 10s"};
    case Type::stop_above: return {"a condition", "> 20% for 5s"};
    case Type::network: return {"a network, an address or a host", "10.1.0.0/16"};
    case Type::instant: return {"a date or a time", "2026-11-21T08:00:00Z"};
  }
  return {"a value", ""};
}

}  // namespace rampart::scenarios
