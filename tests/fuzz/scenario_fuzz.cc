// Scenarios, overrides and authorisation files from any bytes, and which of them they are: an error
// or a plan, never a crash.
// Leading lines that begin with "#=" are overrides, as in "#=load.a.connections=3".
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/authorisation.h"
#include "scenarios/file_kind.h"
#include "scenarios/scenario.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> overrides;
  for (auto rest = text; rest.starts_with("#=") && overrides.size() < 8;) {
    const auto end = rest.find('\n');
    overrides.emplace_back(rest.substr(2, end == rest.npos ? end : end - 2));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  const auto parsed = scenarios::parse_scenario(text, "fuzz/scenario.yml", overrides, {});
  if (parsed.plan.has_value() != parsed.errors.empty()) std::abort();
  if (parsed.plan) {
    if (parsed.plan->duration <= base::Nanos(0)) std::abort();
    for (const auto& load : parsed.plan->loads) {
      base::Nanos sum{0};
      for (const auto& stage : load.arrival.stages) sum += stage.over;
      const bool open = load.arrival.model == model::Arrival::Model::open;
      if (load.target >= parsed.plan->targets.size() || load.connections == 0) std::abort();
      if (load.arrival.duration <= base::Nanos(0)) std::abort();
      if (open && load.arrival.replay.empty() && sum != load.arrival.duration) std::abort();
      if (model::is_http(load.protocol) && load.steps.empty()) std::abort();
    }
    static_cast<void>(scenarios::Authorisation::loopback_only().check(*parsed.plan));
  }
  static_cast<void>(scenarios::kind_of_yaml(text));
  const base::WallTime now{std::chrono::hours(498'000)};
  const auto authorisation = scenarios::Authorisation::parse(text, "fuzz/auth.yml", now);
  if (authorisation && parsed.plan) static_cast<void>(authorisation->check(*parsed.plan));
  return 0;
}
