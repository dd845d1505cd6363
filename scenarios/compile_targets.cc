#include <fmt/core.h>

#include <map>

#include "base/spelling.h"
#include "scenarios/compile.h"
#include "scenarios/values.h"

namespace rampart::scenarios {

void compile_targets(const Section& root, Draft& draft) {
  for (const auto& [name, section] : root.named("targets")) {
    model::Target target;
    target.name = name.text;
    target.tls = tls_of(section, draft);
    target.tls.resumption = section.section("tls").boolean("resumption");
    if (auto url = model::parse_url(section.text("url"))) {
      target.url = *std::move(url);
      if (section.text("family") == "ipv4") target.family = model::Family::ipv4;
      if (section.text("family") == "ipv6") target.family = model::Family::ipv6;
      if (section.has("tls") && !target.url.tls())
        section.error("tls",
                      fmt::format("target '{}' is not https, so tls has no meaning", name.text));
    }
    draft.plan.targets.push_back(std::move(target));
  }
}

std::optional<std::uint32_t> target_of(const Section& section, std::string_view key,
                                       const Draft& draft) {
  const auto& targets = draft.plan.targets;
  const auto wanted = section.text(key);
  std::vector<std::string_view> names;
  std::string list;
  for (std::uint32_t i = 0; i < targets.size(); ++i) {
    if (targets[i].name == wanted) return i;
    names.push_back(targets[i].name);
    list += fmt::format("{}{}", i == 0 ? "" : ", ", targets[i].name);
  }
  if (names.empty()) {
    section.error(key,
                  "there is no target: add targets: { web: { url: \"http://127.0.0.1:8080/\" } }");
  } else if (!section.has(key)) {
    if (targets.size() == 1) return 0U;
    section.error(key, fmt::format("'target' is missing: say which of {}", list));
  } else if (!wanted.empty()) {
    const auto near = base::nearest(wanted, names);
    section.error(key, near.empty()
                           ? fmt::format("unknown target '{}': there are {}", wanted, list)
                           : fmt::format("unknown target '{}': did you mean '{}'?", wanted, near));
  }
  return std::nullopt;
}

bool require_http(const Section& section, std::uint32_t target, std::string_view what,
                  const Draft& draft) {
  const auto& url = draft.plan.targets[target].url;
  if (url.scheme.empty() || url.scheme.starts_with("http")) return true;
  section.error("target", fmt::format("{} needs an http or https target, and '{}' is {}", what,
                                      draft.plan.targets[target].name, url.text()));
  return false;
}

std::string existing_file(const Section& section, std::string_view key, const Draft& draft) {
  return existing_file(section, {section.text(key), section.place(key)}, draft);
}

std::string existing_file(const Section& section, const Section::Item& file, const Draft& draft) {
  if (file.text.empty()) return {};
  const auto path = draft.folder / file.text;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool exists = std::filesystem::exists(status);
  if (exists && !std::filesystem::is_directory(status)) return path.string();
  section.error(
      file.place,
      fmt::format("{}: {}", exists ? "is a folder, not a file" : "no such file", path.string()));
  return {};
}

Headers headers_of(const Section& section) {
  Headers out;
  for (auto& [key, value] : section.entries("headers")) {
    if (auto named = check_header_name(key.text); !named)
      section.error(key.place, std::move(named).error().text);
    out.emplace_back(key.text, value.text);
  }
  return out;
}

std::vector<std::uint16_t> statuses_of(const Section& section, std::string_view key) {
  std::vector<std::uint16_t> out;
  for (const auto& item : section.many(key))
    out.push_back(static_cast<std::uint16_t>(base::parse_count(item.text).value_or(0)));
  return out;
}

void require_unique_names(const Section& root, std::string_view key) {
  std::map<std::string, int> lines;
  for (const auto& item : root.items(key)) {
    const auto name = item.text("name");
    const auto place = item.place("name");
    if (name.empty()) continue;
    const auto [known, fresh] = lines.emplace(name, place.line);
    if (!fresh)
      item.error(place, fmt::format("the name '{}' is taken: {} in line {} has it", name, key,
                                    known->second));
  }
}

}  // namespace rampart::scenarios
