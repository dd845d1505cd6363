#include "scenarios/scenario.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "scenarios/compile.h"
#include "scenarios/override.h"
#include "scenarios/text_file.h"
#include "scenarios/validate.h"

namespace rampart::scenarios {
namespace {

// The stored text says what was really run.
std::string with_overrides(std::string_view text, std::span<const std::string> overrides) {
  std::string out(text);
  for (const auto& given : overrides) {
    auto override_text = without_credentials(given);
    std::replace_if(
        override_text.begin(), override_text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    if (!out.empty() && out.back() != '\n') out += '\n';
    out += fmt::format("# --set {}\n", override_text);
  }
  return out;
}

model::Plan compile(const Section& root, const std::string& path, const Defaults& defaults) {
  const std::filesystem::path file(path);
  Draft draft{.plan = {}, .folder = file.parent_path(), .check_pattern = defaults.check_pattern};
  auto& plan = draft.plan;
  plan.path = path;
  plan.name = root.has("name") ? root.text("name") : file.stem().string();
  plan.seed = root.has("seed") ? root.count("seed") : defaults.seed;
  plan.workers = root.has("workers") ? static_cast<std::uint32_t>(root.count("workers"))
                                     : std::max(1U, defaults.workers);
  compile_targets(root, draft);
  compile_loads(root, draft);
  compile_probes(root, draft);
  check_echo_ids(root, draft);
  compile_scrapes(root, draft);
  compile_prometheus(root, draft);
  compile_sniff(root, draft);
  compile_canaries(root, draft);
  compile_objectives(root, draft);
  compile_stop_when(root, draft);
  compile_find(root, draft);
  const bool idle = !root.has("load") && !root.has("probes") && !root.has("scrape") &&
                    !root.has("prometheus") && !root.has("sniff") && !root.has("find");
  if (idle)
    root.error(root.place(), "nothing to do: add load:, probes:, scrape:, prometheus: or sniff:");
  else if (!root.has("find") || plan.find)
    compile_lengths(root, draft);
  return std::move(draft.plan);
}

}  // namespace

Parsed parse_scenario(std::string_view text, const std::string& path,
                      std::span<const std::string> overrides, const Defaults& defaults) {
  const auto& table = scenario_options();
  Diagnostics out(path.empty() ? "scenario" : path);
  std::vector<std::string> shown;
  for (const auto& text_of_one : overrides) shown.push_back(without_credentials(text_of_one));
  out.name_overrides(std::move(shown));
  Parsed parsed;
  if (auto root = parse_yaml(text, out)) {
    if (root->kind == Node::Kind::map)
      for (std::size_t i = 0; i < overrides.size(); ++i)
        apply_override(*root, overrides[i], static_cast<int>(i), table, out);
    validate(*root, table, out);
    if (root->kind == Node::Kind::map)
      parsed.plan = compile(Section(&*root, "", table, out), path, defaults);
  }
  parsed.errors = out.take();
  if (!parsed.errors.empty())
    parsed.plan.reset();
  else
    parsed.plan->text = with_overrides(text, overrides);
  return parsed;
}

Parsed load_scenario(const std::string& path, std::span<const std::string> overrides,
                     const Defaults& defaults) {
  const auto text = read_text_file(path);
  if (text) return parse_scenario(*text, path, overrides, defaults);
  auto message = text.error().text;
  if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
  return {std::nullopt, {{path, 0, 0, std::move(message)}}};
}

}  // namespace rampart::scenarios
