#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "loadgen/flow_values.h"
#include "loadgen/request_template.h"
#include "model/plan.h"

namespace rampart::loadgen {

// Gives each flow its rows of the load's data sets. Which ones depends on the flow's number and the
// seed alone, so that all workers together take what one would. Sequential and unique: row number
// mod rows. Random: SplitMix64 (Steele, Lea and Flood 2014) of number, seed and data set.
class Feeder {
 public:
  // The load must outlive it. `uses`: by variable. Errc::config where a data set has no rows, a row
  // has other columns than its set, or a request cannot carry a value.
  static base::Result<Feeder> make(const model::LoadSpec& load, std::uint64_t seed,
                                   std::span<const ValueUse> uses);

  // hot
  void draw(std::uint64_t flow, FlowValues& values) const;

 private:
  Feeder(const model::LoadSpec& load, std::uint64_t seed) : load_(&load), seed_(seed) {}

  const model::LoadSpec* load_;
  std::uint64_t seed_;
};

// How many flows the rows of unique data sets are enough for; 0: for any number.
std::uint64_t most_flows(const model::LoadSpec& load);

}  // namespace rampart::loadgen
