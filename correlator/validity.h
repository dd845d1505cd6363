#pragma once

#include <string>
#include <vector>

#include "correlator/timeline.h"
#include "model/result.h"

namespace rampart::correlator {

struct ValidityResult {
  model::Validity validity = model::Validity::inconclusive;
  std::string reason;
  std::string limited_by;  // "cpu", "connections"; empty: nothing
};

// Are the figures the server's or the client's? CLIENT_LIMITED where requests left late although a
// connection stood idle, or where the workers had no time left and less was sent than asked. A slow
// server fills the connections and leaves the client idle: that run stays VALID. INCONCLUSIVE where
// records were lost or there are too few.
// `silent` are stretches in which the server answered nothing; the burst after them is not held
// against the client.
ValidityResult validate(const Timeline& t, const std::vector<model::TimeSpan>& silent);

// The same for a capacity search, whose trials were judged one by one: what is valid is its answer,
// and the client was the limit where it ended the search. Lost records count as before.
ValidityResult validate_search(const model::CapacityResult& capacity, ValidityResult whole);

// Seconds at which some worker was at its own limit: busy for 95 %, or late by more than 10 ms at
// the 99th percentile.
std::vector<model::TimeSpan> client_at_limit(const Timeline& t);

}  // namespace rampart::correlator
