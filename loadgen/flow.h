#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "loadgen/channel.h"
#include "loadgen/request.h"
#include "model/plan.h"

namespace rampart::loadgen {

// What the requests of one load on one worker are, and which answers are right. Loop thread only.
class Flow {
 public:
  Flow(const model::LoadSpec& spec, const model::Target& target, std::string_view run_id,
       std::uint64_t seed);

  [[nodiscard]] std::uint32_t steps() const { return static_cast<std::uint32_t>(requests_.size()); }
  // hot. Valid until the next call.
  [[nodiscard]] const Request& request(const Exchange& exchange) const {
    return requests_[exchange.step];
  }
  // hot. Nullopt: as expected.
  [[nodiscard]] std::optional<model::LoadError> judge(const Exchange& exchange,
                                                      const Answer& answer) const;
  // hot
  [[nodiscard]] bool thinks() const { return thinks_; }
  // After a step's answer; 0: none.
  [[nodiscard]] base::Nanos think_after(std::uint32_t step);

 private:
  const model::LoadSpec& spec_;
  std::vector<Request> requests_;
  bool thinks_ = false;
  std::mt19937_64 random_;
};

}  // namespace rampart::loadgen
