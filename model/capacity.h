#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/anchor.h"
#include "model/trial.h"

// What a capacity search amounts to.

namespace rampart::model {

enum class SearchEnd : std::uint8_t {
  found,
  at_most,         // the limits held at FindSpec::most: the capacity is no lower
  client_limited,  // the load generator was the limit before the server was
  none_kept,       // the limits did not even hold at FindSpec::from
  unsteady,        // the same rate was now kept, now missed: no bracket in the trials there are
  interrupted
};
std::string_view to_string(SearchEnd end);

struct RateInterval {
  double low = 0;  // per second
  double high = 0;
  bool operator==(const RateInterval&) const = default;
};

struct CapacityResult {
  std::string load;
  std::string target;
  std::string wanted;          // "p99 < 250 ms, errors < 1 %"
  bool flows = false;          // rates count flows of several requests, not requests
  double rate = 0;             // per second; the highest that kept the limits, 0 where none did
  std::optional<double> high;  // the lowest above it that did not
  std::optional<RateInterval> ci95;  // where the capacity was found; holds `rate`
  SearchEnd ended = SearchEnd::interrupted;
  std::string reason;     // one sentence for people
  base::Nanos length{0};  // of the search
  struct Tried {
    TimeSpan judged;
    Trial trial;
  };
  std::vector<Tried> trials;  // by time
};

}  // namespace rampart::model
