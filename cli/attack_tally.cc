#include "cli/attack_tally.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"

namespace rampart::cli {
namespace {

std::string target_text(const base::Endpoint& target) {
  return target.port == 0 ? base::to_string(target.address) : base::to_string(target);
}

std::string sources_text(const model::Behaviour& b) {
  if (b.sources == 0) return "";
  auto out = fmt::format(", from {} source{}", b.sources, b.sources == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min<std::size_t>(b.top.size(), 3); ++i)
    out += fmt::format("{}{} ({})", i == 0 ? ": " : ", ", base::to_string(b.top[i].address),
                       b.top[i].count);
  return out;
}

// An attack of which nobody could say that it did harm is not one that did none.
std::string impact_text(const model::Behaviour& b) {
  if (b.impact == model::Impact::unknown) return "harm could not be seen,";
  return std::string(model::to_string(b.impact));
}

}  // namespace

void AttackTally::add(const model::Detection& detection) {
  const auto number = detection.behaviour->number;
  most_ = std::max(most_, number);
  if (last_.size() < kMost || last_.contains(number)) last_[number] = detection;
}

std::vector<std::string> AttackTally::lines() const {
  std::vector<std::string> out;
  for (const auto& [number, detection] : last_) {
    const auto& b = *detection.behaviour;
    out.push_back(fmt::format("attack: {} of {} at {}, {} for {}, {} {}{}", detection.msg,
                              target_text(b.target), base::format_time(b.from), impact_text(b),
                              base::format_duration(b.to - b.from), base::format_count(b.rate),
                              b.unit, sources_text(b)));
  }
  if (most_ > last_.size())
    out.push_back(fmt::format("        and {} more attacks", most_ - last_.size()));
  return out;
}

}  // namespace rampart::cli
