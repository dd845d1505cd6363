#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.h"

namespace rampart::model {

// Where the requests of a flow put the value of a variable, which bounds what it may be.
struct ValueUse {
  static constexpr std::size_t kLongest = 64 * 1024;  // in a header or a path, or out of an answer

  bool header = false;
  bool path = false;
  bool path_start = false;  // a path begins with it

  // Whether a request can carry the value there. In a header no CR, LF or NUL (RFC 9110, 5.5),
  // which would end it; at the start of a path '/', so that no value turns a request into one for
  // another host (RFC 9112, 3.2.2).
  [[nodiscard]] bool allows(std::string_view value) const;
};

// By variable, as variables_of() orders them. A template that is wrong counts as far as it is
// right.
std::vector<ValueUse> value_uses(const LoadSpec& load);

// What no request of the flow can carry, and why.
struct BadValue {
  std::string why;
  // Indices: into LoadSpec::data, its rows and its columns. None: flow.number.
  struct Cell {
    std::size_t set, row, column;
  };
  std::optional<Cell> cell;
};
// The first such value of flow.number and the data sets. Each set that has rows has as many values
// in each as it has columns.
std::optional<BadValue> unusable_value(const LoadSpec& load, std::span<const ValueUse> uses);

}  // namespace rampart::model
