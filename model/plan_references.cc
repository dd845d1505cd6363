#include "model/plan_references.h"

#include <fmt/core.h>

namespace rampart::model {

std::string dangling_reference(const Plan& plan) {
  const auto outside = [&](std::uint32_t target) { return target >= plan.targets.size(); };
  constexpr std::string_view kText = "{}.target: there is no target {}";
  for (std::size_t i = 0; i < plan.loads.size(); ++i)
    if (outside(plan.loads[i].target))
      return fmt::format(kText, fmt::format("loads[{}]", i), plan.loads[i].target);
  for (std::size_t i = 0; i < plan.probes.size(); ++i)
    if (outside(plan.probes[i].target))
      return fmt::format(kText, fmt::format("probes[{}]", i), plan.probes[i].target);
  for (std::size_t i = 0; i < plan.scrapes.size(); ++i)
    if (plan.scrapes[i].target && outside(*plan.scrapes[i].target))
      return fmt::format(kText, fmt::format("scrapes[{}]", i), *plan.scrapes[i].target);
  if (plan.find && plan.find->load >= plan.loads.size())
    return fmt::format("find.load: there is no load {}", plan.find->load);
  if (plan.canaries && outside(plan.canaries->target))
    return fmt::format(kText, "canaries", plan.canaries->target);
  return {};
}

}  // namespace rampart::model
