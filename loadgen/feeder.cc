#include "loadgen/feeder.h"

#include <fmt/core.h>

#include <algorithm>

namespace rampart::loadgen {
namespace {

using model::DataSet;

std::uint64_t split_mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

base::Status check(const DataSet& set) {
  if (!set.rows || set.rows->empty())
    return base::fail(base::Errc::config, fmt::format("data set '{}' has no rows", set.name));
  for (std::size_t row = 0; row < set.rows->size(); ++row)
    if ((*set.rows)[row].size() != set.columns.size())
      return base::fail(base::Errc::config,
                        fmt::format("data set '{}', row {}: {} values for {} columns", set.name,
                                    row + 1, (*set.rows)[row].size(), set.columns.size()));
  return {};
}

}  // namespace

base::Result<Feeder> Feeder::make(const model::LoadSpec& load, std::uint64_t seed,
                                  std::span<const ValueUse> uses) {
  for (const auto& set : load.data) RAMPART_CHECK(check(set));
  if (const auto bad = model::unusable_value(load, uses)) {
    const auto where = bad->cell
                           ? fmt::format("data set '{}', row {}: ", load.data[bad->cell->set].name,
                                         bad->cell->row + 1)
                           : "";
    return base::fail(base::Errc::config, where + bad->why);
  }
  return Feeder(load, seed);
}

void Feeder::draw(std::uint64_t flow, FlowValues& values) const {
  std::size_t variable = 1;
  for (std::size_t i = 0; i < load_->data.size(); ++i) {
    const auto& set = load_->data[i];
    const auto number =
        set.order == DataSet::Order::random ? split_mix(split_mix(seed_ + i) + flow) : flow;
    for (const auto& cell : (*set.rows)[number % set.rows->size()]) values.refer(variable++, cell);
  }
}

std::uint64_t most_flows(const model::LoadSpec& load) {
  std::uint64_t most = 0;
  for (const auto& set : load.data) {
    if (set.order != DataSet::Order::unique || !set.rows) continue;
    const std::uint64_t rows = set.rows->size();
    most = most == 0 ? rows : std::min(most, rows);
  }
  return most;
}

}  // namespace rampart::loadgen
