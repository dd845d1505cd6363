#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/probe.h"
#include "probe/keep_list.h"

namespace rampart::probe {

inline constexpr std::size_t kMaxExpositionPage = 16U << 20;  // bytes
inline constexpr std::size_t kMaxExpositionLine = 64U << 10;  // bytes
inline constexpr std::size_t kMaxKeptSeries = 100'000;

struct ExpositionPage {
  // In page order, repeats included. Each series is written name{label="value",...}, with the
  // escapes of the page and without its blanks.
  std::vector<model::SeriesSample> samples;
  // The first line that could not be read, "line 3, column 17: ..."; nothing after it was looked
  // at.
  std::optional<base::Error> error;
};

// Reads the Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
// Every line is checked, only series in `keep` are stored; comments, HELP and TYPE lines and
// timestamps are skipped. Pure and bounded by the constants above; survives any bytes.
ExpositionPage parse_exposition(std::string_view page, const KeepList& keep);

}  // namespace rampart::probe
