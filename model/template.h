#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/plan.h"

// Text with places that each flow fills anew: "user={{users.name}}&csrf={{csrf}}".

namespace rampart::model {

struct TemplatePart {
  std::string text;                       // where there is no variable
  std::optional<std::uint32_t> variable;  // index into variables_of()
};

// What a load's templates may name, in the order in which a flow comes to know it: "flow.number" (0
// for the run's first flow, unique in the run), each data set's columns as "set.column", then what
// its steps extract, step by step, each name once.
std::vector<std::string> variables_of(const LoadSpec& load);

// How many of them are known before step `step` is sent.
std::size_t known_before(const LoadSpec& load, std::size_t step);

// Blanks inside of the braces do not matter. "}}" alone is text. Errc::parse, without a place: "{{"
// that is not closed, or a name that is not among `names`, which the error then lists.
base::Result<std::vector<TemplatePart>> parse_template(std::string_view text,
                                                       std::span<const std::string> names);

}  // namespace rampart::model
