#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "model/plan.h"

namespace rampart::runner {

// The circuit breaker: stop_when, judged second by second as the run goes on. A second without data
// neither trips nor resets it; its time counts once the next one with data shows the same.
class Breaker {
 public:
  explicit Breaker(const model::StopWhen& limits) : limits_(limits) {}

  struct Second {
    base::Nanos length{0};
    std::uint64_t probes = 0;
    std::uint64_t probes_ok = 0;
    std::uint64_t ended = 0;  // requests completed or failed
    std::uint64_t failed = 0;
  };
  // The reason where a condition has now held for long enough.
  std::optional<std::string> feed(const Second& second);

 private:
  // How long a condition has held.
  struct Streak {
    base::Nanos held{0};
    base::Nanos silent{0};  // without data since the last that held

    void feed(base::Nanos length, bool data, bool holds);
  };

  const model::StopWhen limits_;
  Streak availability_low_;
  Streak errors_high_;
};

}  // namespace rampart::runner
