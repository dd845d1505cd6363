#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/plan.h"

namespace rampart::probe {

// A series and its values, by time.
struct RangeSeries {
  std::string series;  // as in model::SeriesSample
  // Milliseconds since 1970 by the server's clock.
  std::vector<std::pair<std::int64_t, double>> points;
};

struct RangeAnswer {
  std::vector<RangeSeries> series;
  // The answer is no answer, or an error of the server: "bad_data: ...".
  std::optional<base::Error> error;
  bool of_server = false;  // the error is the server's own word
  bool too_much = false;   // more than the limits: fewer points would do
};

// Of all series together: points, and bytes of the names that their samples will have.
inline constexpr std::size_t kMaxRangePoints = 400'000;
inline constexpr std::size_t kMaxRangeBytes = 64U << 20;

// Reads what Prometheus's HTTP API answers to query_range (prometheus.io/docs/prometheus/latest/
// querying/api): JSON, read without a tree of it. Bounded by the text, the limits, kMaxRangePoints
// and kMaxRangeBytes; survives any bytes.
RangeAnswer parse_range_answer(std::string_view text, const model::PageLimits& limits);

}  // namespace rampart::probe
