#pragma once

#include <vector>

#include "correlator/timeline.h"
#include "model/result.h"

namespace rampart::correlator {

std::vector<model::LoadSummary> summarise_loads(const model::Evidence& e);
model::ClientSummary summarise_client(const model::Evidence& e);  // without limited_by
std::vector<model::ProbeSummary> summarise_probes(const model::Evidence& e);
std::vector<model::UpSummary> summarise_up(const model::Evidence& e);
model::WireSummary summarise_wire(const model::Evidence& e);

// A canary counts as seen where its sid was detected, in canary traffic or in any at the right
// time, within 10 s after it was sent; one detection serves one canary. Canaries that were not
// delivered were never on the wire and are left out.
model::CanarySummary summarise_canaries(const Timeline& t);

}  // namespace rampart::correlator
