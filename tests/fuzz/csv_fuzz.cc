// Data files from any bytes: rows that all have a value per column, or an error, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/csv.h"

using namespace rampart;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto csv = scenarios::parse_csv({reinterpret_cast<const char*>(data), size});
  if (!csv) {
    if (csv.error().text.empty()) std::abort();
    return 0;
  }
  if (csv->columns.empty() || csv->rows.empty()) std::abort();
  for (const auto& row : csv->rows)
    if (row.size() != csv->columns.size()) std::abort();
  return 0;
}
