#pragma once

#include "base/result.h"
#include "model/evidence.h"
#include "store/database.h"

namespace rampart::store {

// Read the tables load_interval, client_interval and load_finish of one run into the evidence,
// whose plan, anchors and load_totals (one per load, empty) are already there. Errc::parse where a
// row is damaged.
base::Status read_load(Database& db, std::int64_t run, model::Evidence& evidence);
base::Status read_client(Database& db, std::int64_t run, model::Evidence& evidence);

}  // namespace rampart::store
