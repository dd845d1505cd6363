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

base::Status check(const DataSet& set, std::span<const ValueUse> uses) {
  if (!set.rows || set.rows->empty())
    return base::fail(base::Errc::config, fmt::format("data set '{}' has no rows", set.name));
  for (std::size_t row = 0; row < set.rows->size(); ++row) {
    const auto& cells = (*set.rows)[row];
    if (cells.size() != set.columns.size())
      return base::fail(base::Errc::config,
                        fmt::format("data set '{}', row {}: {} values for {} columns", set.name,
                                    row + 1, cells.size(), set.columns.size()));
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!uses[i].allows(cells[i]))
        return base::fail(
            base::Errc::config,
            fmt::format(
                "data set '{}', row {}: a request cannot carry this '{}': a header takes no "
                "line break, a path begins with /, and neither takes more than {} bytes",
                set.name, row + 1, set.columns[i], ValueUse::kLongest));
  }
  return {};
}

}  // namespace

base::Result<Feeder> Feeder::make(const model::LoadSpec& load, std::uint64_t seed,
                                  std::span<const ValueUse> uses) {
  if (!uses.front().allows("0"))
    return base::fail(base::Errc::config, "a path begins with /, not with {{flow.number}}");
  std::size_t variable = 1;
  for (const auto& set : load.data) {
    RAMPART_CHECK(check(set, uses.subspan(variable)));
    variable += set.columns.size();
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
