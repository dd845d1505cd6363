#include "model/secrets.h"

#include <strings.h>

#include <algorithm>
#include <array>

namespace rampart::model {
namespace {

void hide(std::vector<std::pair<std::string, std::string>>& headers) {
  constexpr std::array kNames{"Authorization", "Proxy-Authorization", "Cookie"};
  for (auto& [name, value] : headers)
    if (std::any_of(kNames.begin(), kNames.end(),
                    [&](const char* known) { return strcasecmp(known, name.c_str()) == 0; }))
      value = "(not kept)";
}

}  // namespace

Plan without_secrets(Plan plan) {
  for (auto& load : plan.loads)
    for (auto& step : load.steps) hide(step.request.headers);
  for (auto& probe : plan.probes) hide(probe.module.request.headers);
  for (auto& scrape : plan.scrapes) hide(scrape.headers);
  return plan;
}

}  // namespace rampart::model
