#include "cli/service_lines.h"

#include <fmt/core.h>

#include "model/service_map.h"

namespace rampart::cli {
namespace {

using Source = model::ScrapeSpec::Source;

void append(std::string& list, const std::string& word) {
  if (!list.empty()) list += ", ";
  list += word;
}

std::string word_of(const model::ScrapeSpec& source) {
  return source.service_metric.empty() ? "" : fmt::format(" ({})", source.service_metric);
}

// Which of a Prometheus server's pages speak of the target; empty: none.
std::string instances_for(const model::Plan& plan, const model::ScrapeSpec& server,
                          std::uint32_t target) {
  const auto& host = plan.targets[target].url.host;
  const auto of = model::target_of_instance(
      plan, server, host.find(':') == std::string::npos ? host : '[' + host + ']');
  if (of != target) return {};
  if (server.target && !server.select.empty())
    return fmt::format("what {{{}}} selects", server.select);
  return fmt::format("instances on {}", host);
}

std::string inside(const model::Plan& plan, std::uint32_t target) {
  std::string out;
  for (const auto& source : plan.scrapes) {
    if (source.source == Source::page) {
      if (model::target_of_page(plan, source) == target) append(out, source.name + word_of(source));
    } else if (const auto of = instances_for(plan, source, target); !of.empty()) {
      append(out, fmt::format("{}: {}{}", source.name, of, word_of(source)));
    }
  }
  return out;
}

bool of_some_target(const model::Plan& plan, const model::ScrapeSpec& source) {
  if (source.source == Source::page) return model::target_of_page(plan, source).has_value();
  for (std::uint32_t i = 0; i < plan.targets.size(); ++i)
    if (!instances_for(plan, source, i).empty()) return true;
  return false;
}

}  // namespace

std::vector<std::string> service_lines(const model::Plan& plan) {
  std::vector<std::string> lines;
  if (plan.scrapes.empty()) return lines;
  for (std::uint32_t i = 0; i < plan.targets.size(); ++i) {
    std::string outside;
    for (const auto& probe : plan.probes)
      if (probe.target == i) append(outside, probe.name);
    const auto pages = inside(plan, i);
    lines.push_back(fmt::format("  {}: probed by {}; up and the service's word from {}",
                                plan.targets[i].name, outside.empty() ? "nobody" : outside,
                                pages.empty() ? "nowhere" : pages));
  }
  for (const auto& source : plan.scrapes) {
    if (of_some_target(plan, source)) continue;
    lines.push_back(fmt::format("  {}: recorded, but of no target: say target{}", source.name,
                                source.source == Source::page ? "" : " and select"));
  }
  return lines;
}

}  // namespace rampart::cli
