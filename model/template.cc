#include "model/template.h"

#include <fmt/core.h>

#include <algorithm>

namespace rampart::model {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void add_extracts(const LoadSpec& load, std::size_t steps, std::vector<std::string>& names) {
  for (std::size_t i = 0; i < std::min(steps, load.steps.size()); ++i)
    for (const auto& extract : load.steps[i].extract)
      if (std::find(names.begin(), names.end(), extract.name) == names.end())
        names.push_back(extract.name);
}

std::vector<std::string> names_before(const LoadSpec& load, std::size_t step) {
  std::vector<std::string> names{"flow.number"};
  for (const auto& set : load.data)
    for (const auto& column : set.columns) names.push_back(set.name + "." + column);
  add_extracts(load, step, names);
  return names;
}

std::string listed(std::span<const std::string> names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

std::vector<std::string> variables_of(const LoadSpec& load) {
  return names_before(load, load.steps.size());
}

std::size_t known_before(const LoadSpec& load, std::size_t step) {
  return names_before(load, step).size();
}

base::Result<std::vector<TemplatePart>> parse_template(std::string_view text,
                                                       std::span<const std::string> names) {
  std::vector<TemplatePart> parts;
  while (!text.empty()) {
    const auto open = text.find("{{");
    if (open != 0) parts.push_back({std::string(text.substr(0, open)), std::nullopt});
    if (open == std::string_view::npos) break;
    const auto close = text.find("}}", open + 2);
    if (close == std::string_view::npos)
      return base::fail(base::Errc::parse, "'{{' is not closed: a value is filled in by {{name}}");
    const auto name = trimmed(text.substr(open + 2, close - open - 2));
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      return base::fail(base::Errc::parse, fmt::format("nothing is called '{}' here; there is {}",
                                                       name, listed(names)));
    parts.push_back({{}, static_cast<std::uint32_t>(found - names.begin())});
    text.remove_prefix(close + 2);
  }
  return parts;
}

}  // namespace rampart::model
