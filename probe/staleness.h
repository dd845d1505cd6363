#pragma once

#include <string>
#include <vector>

#include "model/probe.h"

namespace rampart::probe {

// What was seen of a page before: a series that is not there any more has no value from then on,
// instead of its last one for ever.
class Staleness {
 public:
  // Adds what is gone to the samples, which are by series, each once. Of a scrape that failed
  // nothing is left but that all is gone.
  void apply(model::ScrapeResult& result);
  // As if the last apply() had not been: where its result was lost.
  void undo() { known_ = before_; }

 private:
  std::vector<std::string> known_;   // by name
  std::vector<std::string> before_;  // what apply() replaced
};

}  // namespace rampart::probe
