#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rampart::scenarios {

// Limits of one file, so that a mistaken one cannot fill the memory.
inline constexpr std::size_t kMaxCsvMebibytes = 64;
inline constexpr std::size_t kMaxCsvRows = 1'000'000;
inline constexpr std::size_t kMaxCsvColumns = 256;
inline constexpr std::size_t kMaxCsvValues = 10'000'000;

struct Csv {
  std::vector<std::string> columns;            // at least one, each once
  std::vector<std::vector<std::string>> rows;  // at least one, each with a value per column
};

// RFC 4180 with a header line: commas, CRLF or LF, quotes around values that hold either, doubled
// inside of them. A byte order mark is skipped; blanks belong to their values; an empty line is a
// row of one empty value. Any bytes are safe. Errors: parse, "line:column: message".
base::Result<Csv> parse_csv(std::string_view text);

// Where a value of such a text begins: "line:column". Row and column as in Csv.
std::string csv_place(std::string_view text, std::size_t row, std::size_t column);

}  // namespace rampart::scenarios
