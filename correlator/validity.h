#pragma once

#include <string>
#include <vector>

#include "correlator/timeline.h"
#include "model/result.h"

namespace rampart::correlator {

struct ValidityResult {
  model::Validity validity = model::Validity::inconclusive;
  std::string reason;
  std::string limited_by;  // as ClientSummary::limited_by; empty: nothing
};

// Are the figures the server's or the client's? CLIENT_LIMITED where a limit of the client spoils
// them (client_limit.h). A slow server fills the connections and leaves the client idle: that run
// stays VALID, and what bounded it is named all the same. INCONCLUSIVE where records were lost or
// there are too few.
// `silent` are stretches in which the server answered nothing; the burst after them is not held
// against the client.
ValidityResult validate(const Timeline& t, const std::vector<model::TimeSpan>& silent);

// The same for a capacity search, whose trials were judged one by one: what is valid is its answer,
// and the client was the limit where it ended the search. Lost records count as before.
ValidityResult validate_search(const model::CapacityResult& capacity, ValidityResult whole);

}  // namespace rampart::correlator
