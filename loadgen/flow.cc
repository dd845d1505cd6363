#include "loadgen/flow.h"

#include <algorithm>
#include <utility>

#include "loadgen/socket_load.h"

namespace rampart::loadgen {

using model::LoadError;
using model::ThinkTime;

Flow::Flow(const model::LoadSpec& spec, const model::Target& target, std::string_view run_id,
           std::uint64_t seed, std::unique_ptr<Script> script)
    : spec_(spec), script_(std::move(script)), random_(seed) {
  for (const auto& step : spec.steps) {
    auto& request = requests_.emplace_back(
        build_request(spec.protocol, target, request_of(spec, step), run_id));
    if (script_) request.observe = script_->observes(steps() - 1);
    thinks_ |= step.think.kind != ThinkTime::Kind::none;
  }
  if (spec.steps.empty()) requests_.emplace_back().size = opens(spec) ? 0 : spec.socket.bytes;
}

std::optional<LoadError> Flow::judge(Exchange& exchange, const Answer& answer) const {
  if (spec_.steps.empty()) return answer.wrong;
  if (!expected(spec_.steps[exchange.step].request, answer.status))
    return answer.status >= 500 ? LoadError::http_5xx : LoadError::http_4xx;
  return script_ ? script_->judge(exchange) : std::nullopt;
}

base::Nanos Flow::think_after(std::uint32_t step) {
  const auto& think = spec_.steps[step].think;
  switch (think.kind) {
    case ThinkTime::Kind::none: break;
    case ThinkTime::Kind::fixed: return think.low;
    case ThinkTime::Kind::uniform:
      return base::Nanos(std::uniform_int_distribution<std::int64_t>(think.low.count(),
                                                                     think.high.count())(random_));
    case ThinkTime::Kind::exponential: {
      std::exponential_distribution<double> draw(1.0 / std::max(base::seconds(think.low), 1e-9));
      return base::from_seconds(draw(random_));
    }
  }
  return base::Nanos(0);
}

}  // namespace rampart::loadgen
