#include <fmt/core.h>

#include <algorithm>
#include <memory>

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

void append_set(const Section& section, const Section::Item& name, const Section::Item& file,
                Order order, const Draft& draft, model::LoadSpec& load) {
  std::size_t values = values_in(load);
  for (const auto& earlier : draft.plan.loads) values += values_in(earlier);
  if (values > kMaxCsvValues)
    return section.error(
        file.place, fmt::format("all data files together hold more than {} values", kMaxCsvValues));
  auto& set = load.data.emplace_back();
  set.name = name.text;
  set.order = order;
  read_rows(section, file, draft, set);
  if (order != Order::unique || !set.rows) return;
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
  for (const auto& [name, file] : section.entries("data"))
    append_set(section, name, file, Order::sequential, draft, load);
  for (const auto& [name, set] : section.named("data"))
    if (set.valid("file"))
      append_set(set, name, {set.text("file"), set.place("file")}, order_of(set.text("order")),
                 draft, load);
}

}  // namespace rampart::scenarios
