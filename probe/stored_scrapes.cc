#include "probe/stored_scrapes.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "model/series.h"

namespace rampart::probe {
namespace {

constexpr base::Nanos kForgotten = std::chrono::minutes(5);

std::pair<std::string, std::string> page_of(const model::SeriesSample& sample) {
  return {model::label_of(sample.series, "job").value_or(""),
          model::label_of(sample.series, "instance").value_or("")};
}

}  // namespace

void StoredScrapes::apply(base::MonoTime at, std::vector<model::SeriesSample>& samples) {
  before_.clear();
  std::map<Page, Seen> now;
  for (const auto& sample : samples)
    if (model::metric_of(sample.series) == "up") now[page_of(sample)].at = at;
  for (const auto& sample : samples) {
    const auto page = page_of(sample);
    if (const auto scraped = now.find(page); scraped != now.end())
      scraped->second.names.push_back(sample.series);
    else
      note(page, sample.series);
  }
  for (const auto& [page, seen] : pages_)
    if (at - seen.at > kForgotten) now.try_emplace(page, Seen{at, {}, {}});
  std::vector<model::SeriesSample> gone;
  for (auto& [page, seen] : now) remember(page, std::move(seen), gone);
  std::move(gone.begin(), gone.end(), std::back_inserter(samples));
}

// Of a page whose scrapes are known.
void StoredScrapes::note(const Page& page, const std::string& series) {
  const auto known = pages_.find(page);
  if (known == pages_.end() || names_ >= most_) return;
  before_.try_emplace(page, known->second);
  known->second.since.push_back(series);
  ++names_;
}

void StoredScrapes::remember(const Page& page, Seen seen, std::vector<model::SeriesSample>& gone) {
  std::sort(seen.names.begin(), seen.names.end());
  const auto known = pages_.find(page);
  if (known != pages_.end()) {
    before_.try_emplace(page, known->second);
    auto there = std::move(known->second.since);
    std::sort(there.begin(), there.end());
    const auto& names = known->second.names;
    names_ -= names.size() + there.size();
    for (const auto& series : names)
      if (!std::binary_search(seen.names.begin(), seen.names.end(), series) &&
          !std::binary_search(there.begin(), there.end(), series))
        gone.push_back({series, std::numeric_limits<double>::quiet_NaN(), true});
    pages_.erase(known);
  } else {
    before_.try_emplace(page);
  }
  if (seen.names.empty() || names_ + seen.names.size() > most_) return;
  names_ += seen.names.size();
  pages_.emplace(page, std::move(seen));
}

void StoredScrapes::undo() {
  for (auto& [page, seen] : before_) {
    if (const auto now = pages_.find(page); now != pages_.end()) {
      names_ -= now->second.names.size() + now->second.since.size();
      pages_.erase(now);
    }
    if (seen.names.empty()) continue;
    names_ += seen.names.size() + seen.since.size();
    pages_.emplace(page, std::move(seen));
  }
  before_.clear();
}

}  // namespace rampart::probe
