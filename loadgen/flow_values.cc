#include "loadgen/flow_values.h"

#include <algorithm>
#include <charconv>

#include "base/reuse.h"

namespace rampart::loadgen {

void FlowValues::clear() {
  std::for_each(kept_.begin(), kept_.end(), base::empty_out);
  std::fill(views_.begin(), views_.end(), std::string_view());
}

void FlowValues::begin(std::uint64_t number) {
  clear();
  const auto* end = std::to_chars(number_.data(), number_.data() + number_.size(), number).ptr;
  views_.front() = {number_.data(), static_cast<std::size_t>(end - number_.data())};
}

void FlowValues::keep(std::size_t variable, std::string_view text) {
  kept_[variable] = text;
  views_[variable] = kept_[variable];
}

}  // namespace rampart::loadgen
