#pragma once

#include <cstdint>
#include <vector>

#include "model/evidence.h"
#include "model/verdict.h"
#include "store/database.h"
#include "store/sql.h"

namespace rampart::store {

// One record as its table takes it.
struct Row {
  sql::Table table;
  std::vector<Value> values;

  [[nodiscard]] std::size_t bytes() const;  // memory, about
};

std::size_t bytes_of(const model::ScrapeResult& r);  // memory with its samples, about

Row row_of(std::int64_t run, const model::ClockAnchor& r);
Row row_of(std::int64_t run, const model::LoadInterval& r);  // without its errors
Row row_of(std::int64_t run, const model::LoadInterval& r, model::LoadError error);
Row row_of(std::int64_t run, const model::LoadInterval& r, const model::TlsFacts& tls);
Row row_of(std::int64_t run, const model::ClientInterval& r);
Row row_of(std::int64_t run, const model::ProbeResult& r);
Row row_of(std::int64_t run, const model::ScrapeResult& r);  // without its samples
Row row_of(std::int64_t run, const model::ScrapeResult& r, const model::SeriesSample& s);
Row row_of(std::int64_t run, const model::WireInterval& r);
Row row_of(std::int64_t run, const model::Detection& r);
Row row_of(std::int64_t run, const model::CanarySent& r);
Row row_of(std::int64_t run, const model::Trial& r);
Row row_of(std::int64_t run, const model::WireTotals& r);
Row row_of(std::int64_t run, std::size_t position, const model::Verdict& r);

// The same tables read: the statement stands on a row of sql::select(). load_interval and
// client_interval are read in read_load.cc, because they are merged.
model::ClockAnchor anchor_from(const Statement& s);
model::ProbeResult probe_from(const Statement& s);
model::ScrapeResult scrape_from(const Statement& s);
model::WireInterval wire_from(const Statement& s);
base::Result<model::Detection> detection_from(const Statement& s);
model::CanarySent canary_from(const Statement& s);
base::Result<model::Trial> trial_from(const Statement& s);
model::WireTotals wire_total_from(const Statement& s);

}  // namespace rampart::store
