#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "model/value_use.h"
#include "scenarios/compile.h"
#include "scenarios/csv.h"
#include "scenarios/text_file.h"

namespace rampart::scenarios {
namespace {

using Order = model::DataSet::Order;

Order order_of(std::string_view word) {
  if (word == "random") return Order::random;
  return word == "unique" ? Order::unique : Order::sequential;
}

// Of every data file that has been read so far.
std::size_t values_in(const model::LoadSpec& load) {
  std::size_t sum = 0;
  for (const auto& set : load.data)
    if (set.rows) sum += set.rows->size() * set.columns.size();
  return sum;
}

void read_rows(const Section& section, const Section::Item& file, const Draft& draft,
               model::DataSet& set) {
  set.file = existing_file(section, file, draft);
  if (set.file.empty()) return;
  auto text = read_text_file(set.file, kMaxCsvMebibytes);
  if (!text) return section.error(file.place, std::move(text).error().text);
  auto csv = parse_csv(*text);
  if (!csv) {
    section.error(file.place, fmt::format("{}:{}", set.file, csv.error().text));
    return;
  }
  set.columns = std::move(csv->columns);
  set.rows = std::make_shared<const std::vector<std::vector<std::string>>>(std::move(csv->rows));
}

// A data set as it is written; without a file where that is missing, which has been reported.
struct Written {
  std::string name;
  Section::Item file;
  Order order = Order::sequential;
};

std::vector<Written> written_sets(const Section& section) {
  std::vector<Written> out;
  for (const auto& [name, file] : section.entries("data")) out.push_back({name.text, file});
  for (const auto& [name, set] : section.named("data"))
    out.push_back({name.text,
                   {set.valid("file") ? set.text("file") : "", set.place("file")},
                   order_of(set.text("order"))});
  return out;
}

void append_set(const Section& section, const Written& written, const Draft& draft,
                model::LoadSpec& load) {
  std::size_t values = values_in(load);
  for (const auto& earlier : draft.plan.loads) values += values_in(earlier);
  if (values > kMaxCsvValues)
    section.error(written.file.place,
                  fmt::format("all data files together hold more than {} values", kMaxCsvValues));
  auto& set = load.data.emplace_back();
  set.name = written.name;
  set.order = written.order;
  if (values > kMaxCsvValues) return;
  read_rows(section, written.file, draft, set);
  if (set.order != Order::unique || !set.rows) return;
  auto& most = load.arrival.max_requests;
  const std::uint64_t rows = set.rows->size();
  most = most == 0 ? rows : std::min(most, rows);
}

}  // namespace

void compile_data(const Section& section, model::LoadSpec& load, const Draft& draft) {
  if (!section.has("data")) return;
  if (!section.has("flow"))
    return section.error("data",
                         "data fills the requests of a flow: write flow: [ { get: ... } ] "
                         "instead of request");
  for (const auto& written : written_sets(section)) append_set(section, written, draft, load);
}

void check_values(const Section& section, const model::LoadSpec& load) {
  const auto bad = model::unusable_value(load, model::value_uses(load));
  if (!bad) return;
  if (!bad->cell) return section.error("flow", bad->why);
  const auto& set = load.data[bad->cell->set];
  const auto text = read_text_file(set.file, kMaxCsvMebibytes);
  const auto place = text ? csv_place(*text, bad->cell->row, bad->cell->column) : "";
  section.error(written_sets(section)[bad->cell->set].file.place,
                fmt::format("{}:{}: {}", set.file, place, bad->why));
}

}  // namespace rampart::scenarios
