#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/plan.h"
#include "model/probe.h"
#include "probe/range_answer.h"

namespace rampart::probe {

// Points in time by the server's clock: the first and, `count` of them, the ones after it.
struct RangePoints {
  std::int64_t first_ms = 0;
  std::int64_t step_ms = 1;
  std::size_t count = 0;
};

// Which of its ends a range of the server holds: Prometheus 2 both, Prometheus 3 the newer one
// alone.
enum class RangeEnds : std::uint8_t { both, newer };

// {__name__=~"up|node_.*",job="web"}: what `spec` keeps, narrowed by its `select`.
std::string range_selector(const model::ScrapeSpec& spec);
// The form that is posted to api/v1/query_range: at each point what was sampled since the point
// before it, and nothing where nothing was.
std::string range_form(const model::ScrapeSpec& spec, const RangePoints& points, RangeEnds ends);
// The form, for the same place, that asks the server which ends its ranges hold: at one point of
// its time, of no series. Its own limit is `timeout`.
std::string ends_form(std::int64_t at_ms, base::Nanos timeout);
// What the server says to that: `newer` where it is sure. Nothing where it is no answer to it.
std::optional<RangeEnds> ends_of(const RangeAnswer& answer);
// "/prometheus/" and "" lead to "/prometheus/api/v1/query_range" and "/api/v1/query_range".
std::string range_path(const std::string& of_server);

// The samples of each point, by series; what the answer has for other times is left out.
std::vector<std::vector<model::SeriesSample>> samples_by_point(const RangeAnswer& answer,
                                                               const RangePoints& points);

}  // namespace rampart::probe
