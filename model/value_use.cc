#include "model/value_use.h"

#include <fmt/core.h>

#include "model/template.h"

namespace rampart::model {
namespace {

// Calls `use` with the variable of each part that has one, and the part's number.
template <class Use>
void each_variable(std::string_view text, std::span<const std::string> names, Use use) {
  const auto parts = parse_template(text, names);
  if (!parts) return;
  for (std::size_t i = 0; i < parts->size(); ++i)
    if ((*parts)[i].variable) use(*(*parts)[i].variable, i);
}

}  // namespace

bool ValueUse::allows(std::string_view value) const {
  constexpr std::string_view kEndsHeader("\r\n\0", 3);
  if ((header || path) && value.size() > kLongest) return false;
  if (header && value.find_first_of(kEndsHeader) != std::string_view::npos) return false;
  return !path_start || value.starts_with('/');
}

std::vector<ValueUse> value_uses(const LoadSpec& load) {
  const auto names = variables_of(load);
  std::vector<ValueUse> uses(names.size());
  for (const auto& step : load.steps) {
    each_variable(step.request.path, names, [&](std::uint32_t variable, std::size_t part) {
      uses[variable].path = true;
      if (part == 0) uses[variable].path_start = true;
    });
    for (const auto& [name, value] : step.request.headers)
      each_variable(value, names,
                    [&](std::uint32_t variable, std::size_t) { uses[variable].header = true; });
  }
  return uses;
}

std::optional<BadValue> unusable_value(const LoadSpec& load, std::span<const ValueUse> uses) {
  if (!uses.front().allows("0"))
    return BadValue{"a path begins with /, not with {{flow.number}}", std::nullopt};
  std::size_t first = 1;
  for (std::size_t i = 0; i < load.data.size(); ++i) {
    const auto& set = load.data[i];
    const auto of_set = uses.subspan(first, set.columns.size());
    first += set.columns.size();
    for (std::size_t row = 0; set.rows && row < set.rows->size(); ++row)
      for (std::size_t column = 0; column < of_set.size(); ++column)
        if (!of_set[column].allows((*set.rows)[row][column]))
          return BadValue{
              fmt::format("a request cannot carry this '{}': a header takes no line break, a path "
                          "begins with /, and neither takes more than {} bytes",
                          set.columns[column], ValueUse::kLongest),
              BadValue::Cell{i, row, column}};
  }
  return std::nullopt;
}

}  // namespace rampart::model
