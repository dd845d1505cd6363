#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/probe.h"

namespace rampart::probe {

// What a Prometheus server's own scrapes had, by job and instance, so that a series that is missing
// from the next one is told as gone. A scrape is known by its `up`; what is stored at other times,
// by rules or with times of its own, counts for the scrape after it, and is never told as gone
// alone. Of a page that is scraped no more, all is gone after five minutes, as in Prometheus.
class StoredScrapes {
 public:
  // Remembers so many names at most; what goes beyond is never told as gone.
  explicit StoredScrapes(std::size_t most_names) : most_(most_names) {}

  // Adds what is gone to the samples of one point in time. Points in the order of time.
  void apply(base::MonoTime at, std::vector<model::SeriesSample>& samples);
  // As if the last apply() had not been.
  void undo();

 private:
  using Page = std::pair<std::string, std::string>;  // job, instance
  struct Seen {
    base::MonoTime at;
    std::vector<std::string> names;  // of the last scrape, in order
    std::vector<std::string> since;  // stored at other times after it
  };
  void note(const Page& page, const std::string& series);
  void remember(const Page& page, Seen seen, std::vector<model::SeriesSample>& gone);

  const std::size_t most_;
  std::size_t names_ = 0;  // remembered
  std::map<Page, Seen> pages_;
  std::map<Page, Seen> before_;  // what the last apply() changed, as it was
};

}  // namespace rampart::probe
