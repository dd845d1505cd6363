#pragma once

#include <string_view>

// The files of templates/, embedded at build.

namespace rampart::reports::templates {

extern const std::string_view kReport;
extern const std::string_view kTable;
extern const std::string_view kStyle;

}  // namespace rampart::reports::templates
