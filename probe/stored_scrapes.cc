#include "probe/stored_scrapes.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "model/series.h"

namespace rampart::probe {
namespace {

constexpr base::Nanos kForgotten = std::chrono::minutes(5);

}  // namespace

void StoredScrapes::apply(base::MonoTime at, std::vector<model::SeriesSample>& samples) {
  before_.clear();
  std::map<Page, Seen> now;
  for (const auto& sample : samples)
    if (model::metric_of(sample.series) == "up")
      now[{model::label_of(sample.series, "job").value_or(""),
           model::label_of(sample.series, "instance").value_or("")}]
          .at = at;
  for (const auto& sample : samples) {
    const auto page = now.find({model::label_of(sample.series, "job").value_or(""),
                                model::label_of(sample.series, "instance").value_or("")});
    if (page != now.end()) page->second.names.push_back(sample.series);
  }
  for (const auto& [page, seen] : pages_)
    if (at - seen.at > kForgotten) now.try_emplace(page, Seen{at, {}});
  std::vector<model::SeriesSample> gone;
  for (auto& [page, seen] : now) remember(page, std::move(seen), gone);
  std::move(gone.begin(), gone.end(), std::back_inserter(samples));
}

void StoredScrapes::remember(const Page& page, Seen seen, std::vector<model::SeriesSample>& gone) {
  std::sort(seen.names.begin(), seen.names.end());
  const auto known = pages_.find(page);
  if (known != pages_.end()) {
    const auto& names = known->second.names;
    std::vector<std::string> missing;
    std::set_difference(names.begin(), names.end(), seen.names.begin(), seen.names.end(),
                        std::back_inserter(missing));
    for (auto& series : missing)
      gone.push_back({std::move(series), std::numeric_limits<double>::quiet_NaN(), true});
    names_ -= names.size();
    before_.emplace_back(page, std::move(known->second));
    pages_.erase(known);
  } else {
    before_.emplace_back(page, Seen{});
  }
  if (seen.names.empty() || names_ + seen.names.size() > most_) return;
  names_ += seen.names.size();
  pages_.emplace(page, std::move(seen));
}

void StoredScrapes::undo() {
  for (auto& [page, seen] : before_) {
    if (const auto now = pages_.find(page); now != pages_.end()) {
      names_ -= now->second.names.size();
      pages_.erase(now);
    }
    if (seen.names.empty()) continue;
    names_ += seen.names.size();
    pages_.emplace(page, std::move(seen));
  }
  before_.clear();
}

}  // namespace rampart::probe
