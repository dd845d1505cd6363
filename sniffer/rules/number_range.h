#pragma once

#include <cstdint>

#include "base/result.h"
#include "sniffer/rules/rule_text.h"

namespace rampart::sniffer {

// Both ends belong to it.
struct NumberRange {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  bool negated = false;
};

// N, =N, !N, <N, <=N, >N, >=N, and N-M or N<>M, which leave both ends out; numbers up to `most`.
base::Result<NumberRange> read_range(Located text, std::uint32_t most, Complaint& complaint);

}  // namespace rampart::sniffer
