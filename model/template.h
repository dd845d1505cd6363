#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rampart::model {

// A text with places to fill: "user={{users.name}}&csrf={{csrf}}".
struct TemplatePiece {
  bool variable = false;
  std::string text;  // a variable's name without braces and blanks, or text to copy
};

// A name is letters, digits, _, - and at most one dot between a data file and its column. A text
// without "{{" is one piece. Errors name the offset of what is wrong.
base::Result<std::vector<TemplatePiece>> parse_template(std::string_view text);

[[nodiscard]] bool has_variables(std::string_view text);

}  // namespace rampart::model
