#include "model/service_map.h"

#include <algorithm>

#include "model/series.h"

namespace rampart::model {
namespace {

using Targets = std::vector<std::uint32_t>;

// "web:9100", "10.0.0.5:9100", "[::1]:9100", "web"; empty for a URL.
std::string_view host_of(std::string_view instance) {
  if (instance.find('/') != std::string_view::npos) return {};
  if (instance.starts_with('[')) {
    const auto end = instance.find(']');
    return end == std::string_view::npos ? std::string_view() : instance.substr(1, end - 1);
  }
  return instance.substr(0, instance.rfind(':'));
}

bool has_address(const std::vector<base::Endpoint>& endpoints, std::string_view host) {
  const auto address = base::IpAddress::parse(host);
  return address && std::any_of(endpoints.begin(), endpoints.end(),
                                [&](const auto& endpoint) { return endpoint.address == *address; });
}

Targets targets_on(const Plan& plan, std::string_view host) {
  Targets out;
  for (std::uint32_t i = 0; i < plan.targets.size(); ++i) {
    const auto& target = plan.targets[i];
    if (!host.empty() && (target.url.host == host || has_address(target.endpoints, host)))
      out.push_back(i);
  }
  return out;
}

std::optional<std::uint32_t> only(const Targets& targets) {
  return targets.size() == 1 ? std::optional(targets.front()) : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> target_of_page(const Plan& plan, const ScrapeSpec& page) {
  if (page.target) return page.target;
  if (const auto there = targets_on(plan, page.url.host); !there.empty()) return only(there);
  return plan.targets.size() == 1 && plan.scrapes.size() == 1 ? std::optional(0U) : std::nullopt;
}

std::optional<std::uint32_t> target_of_instance(const Plan& plan, const ScrapeSpec& server,
                                                std::string_view instance) {
  if (server.target && !server.select.empty()) return server.target;
  const auto there = targets_on(plan, host_of(instance));
  if (!server.target) return only(there);
  return std::find(there.begin(), there.end(), *server.target) != there.end() ? server.target
                                                                              : std::nullopt;
}

bool is_service_metric(const ScrapeSpec& source, std::string_view metric) {
  if (!source.service_metric.empty()) return metric == source.service_metric;
  const auto known = service_metrics();
  return std::find(known.begin(), known.end(), metric) != known.end();
}

std::vector<std::string> state_metrics(const Plan& plan) {
  std::vector<std::string> out{"up", "probe_success"};
  const auto known = service_metrics();
  out.insert(out.end(), known.begin(), known.end());
  for (const auto& source : plan.scrapes)
    if (!source.service_metric.empty() &&
        std::find(out.begin(), out.end(), source.service_metric) == out.end())
      out.push_back(source.service_metric);
  return out;
}

}  // namespace rampart::model
