#include <nlohmann/json.hpp>

#include "base/version.h"
#include "host/fitness.h"

namespace rampart::host {

std::string to_json(const std::vector<Finding>& findings) {
  using Json = nlohmann::ordered_json;
  auto checks = Json::array();
  for (const auto& each : findings)
    checks.push_back({{"check", each.check},
                      {"fitness", to_string(each.fitness)},
                      {"measured", each.measured},
                      {"bounds", each.bounds},
                      {"remedy", each.remedy}});
  const Json document = {{"schema", 1},
                         {"rampart", base::version()},
                         {"fit", to_string(worst(findings))},
                         {"checks", std::move(checks)}};
  // What the kernel says may hold any bytes.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rampart::host
