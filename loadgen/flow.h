#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "loadgen/channel.h"
#include "loadgen/request.h"
#include "loadgen/script.h"
#include "model/plan.h"

namespace rampart::loadgen {

// What the requests of one load on one worker are, and which answers are right. Loop thread only.
class Flow {
 public:
  // `script`: null where the load's requests are the same for every flow.
  Flow(const model::LoadSpec& spec, const model::Target& target, std::string_view run_id,
       std::uint64_t seed, std::unique_ptr<Script> script);

  [[nodiscard]] std::uint32_t steps() const { return static_cast<std::uint32_t>(requests_.size()); }
  // hot. Before the first request of each flow on an exchange.
  void begin(Exchange& exchange) {
    if (script_) script_->begin(exchange);
  }
  // hot. Stays as it is until the exchange's next call.
  [[nodiscard]] const Request& request(Exchange& exchange) {
    const Request* own = script_ ? script_->request(exchange) : nullptr;
    return own != nullptr ? *own : requests_[exchange.step];
  }
  // hot. The exchange's request, or with it its flow, has ended.
  void forget(Exchange& exchange) const {
    if (script_) script_->forget(exchange);
  }
  void end(Exchange& exchange) const {
    if (script_) script_->end(exchange);
  }
  // hot. Nullopt: as expected.
  [[nodiscard]] std::optional<model::LoadError> judge(Exchange& exchange,
                                                      const Answer& answer) const;
  // hot
  [[nodiscard]] bool thinks() const { return thinks_; }
  // After a step's answer; 0: none.
  [[nodiscard]] base::Nanos think_after(std::uint32_t step);

 private:
  const model::LoadSpec& spec_;
  std::unique_ptr<Script> script_;
  std::vector<Request> requests_;
  bool thinks_ = false;
  std::mt19937_64 random_;
};

}  // namespace rampart::loadgen
