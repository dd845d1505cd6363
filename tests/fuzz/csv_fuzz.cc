// Data files from any bytes: rows that all have a value per column, or an error, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/csv.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto csv = scenarios::parse_csv(text);
  if (!csv) {
    if (csv.error().text.empty()) std::abort();
    return 0;
  }
  if (csv->columns.empty() || csv->rows.empty()) std::abort();
  for (const auto& row : csv->rows)
    if (row.size() != csv->columns.size()) std::abort();
  const auto last = csv->rows.size() - 1;
  if (scenarios::csv_place(text, last, csv->columns.size() - 1).empty()) std::abort();
  if (!scenarios::csv_place(text, last + 1, 0).empty()) std::abort();
  return 0;
}
