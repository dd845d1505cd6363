#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.h"

namespace rampart::model {

// Which service what is read inside belongs to. `up` and the service's own word are evidence only
// for that one: nothing where the plan leaves it open.

// Of a metrics page: what the plan says, else the only target on the page's host, else the only
// target where the plan has no other page.
std::optional<std::uint32_t> target_of_page(const Plan& plan, const ScrapeSpec& page);

// Of what a Prometheus server scraped under this label `instance` ("web:9100", "[::1]:9100"): with
// `select`, the target that the plan says; else the only one on that host, and if the plan says
// one, only that. An instance that is a URL is what an exporter of probes looked at: its `up` is
// that exporter's, and belongs to nobody here.
std::optional<std::uint32_t> target_of_instance(const Plan& plan, const ScrapeSpec& server,
                                                std::string_view instance);

// Whether the metric is the service's own word in what `source` gives.
bool is_service_metric(const ScrapeSpec& source, std::string_view metric);

// The metrics that verdicts look at: those by which a service, or a Prometheus server of its
// scrapes, tells its state. No name twice.
std::vector<std::string> state_metrics(const Plan& plan);

}  // namespace rampart::model
