#include "store/sql.h"

#include <fmt/core.h>

#include <algorithm>

namespace rampart::store::sql {
namespace {

const Columns& of(Table table) { return kColumns[static_cast<std::size_t>(table)]; }

}  // namespace

std::string insert(Table table) {
  const auto& c = of(table);
  std::string marks = "?";
  for (auto n = std::count(c.names.begin(), c.names.end(), ','); n > 0; --n) marks += ", ?";
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", c.table, c.names, marks);
}

std::string select(Table table) {
  const auto& c = of(table);
  return fmt::format("SELECT {} FROM {} WHERE run = ?1 ORDER BY {}", c.names, c.table, c.order);
}

std::string select_series(std::size_t metrics) {
  const auto& c = of(Table::series_sample);
  std::string any;
  for (std::size_t n = 2; n < metrics + 2; ++n) any += fmt::format("{}?{}", n == 2 ? "" : ", ", n);
  return fmt::format(
      "SELECT {} FROM {} WHERE run = ?1 AND substr(series, 1, instr(series || '{{', '{{') - 1) IN "
      "({}) ORDER BY {}",
      c.names, c.table, any, c.order);
}

std::string clear(Table table) {
  return fmt::format("DELETE FROM {} WHERE run = ?1", of(table).table);
}

}  // namespace rampart::store::sql
