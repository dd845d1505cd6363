#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/plan.h"
#include "model/probe.h"
#include "probe/exposition_line.h"
#include "probe/keep_list.h"
#include "probe/series_name.h"

namespace rampart::probe {

inline constexpr std::size_t kMaxExpositionLine = 64U << 10;  // bytes

struct ExpositionPage {
  std::vector<model::SeriesSample> samples;  // by series
  std::size_t repeated = 0;  // lines of a series that had its line already: the first counts
  // What could not be read, "line 3, column 17: ..."; nothing after it was looked at. Errc::config
  // where a limit of the reader's or the scenario's says so, and not the page's text.
  std::optional<base::Error> error;
};

// Reads a page as it comes, in either format (prometheus.io/docs/instrumenting/exposition_formats,
// OpenMetrics 1.0.0): every line is checked, only series in `keep` are stored; metadata,
// timestamps and exemplars are skipped. Holds one line and what is kept, within the limits;
// survives any bytes. What is kept is put in order as it comes, so that the end costs little more
// than any other line. What the limit of the body is for is the caller's.
class ExpositionReader {
 public:
  // All outlive it.
  struct Options {
    const KeepList& keep;
    const model::PageLimits& limits;
    const SeriesName::Labels& labels;  // for every series
    bool honor_labels = false;
  };
  ExpositionReader(ExpositionFormat format, const Options& options)
      : format_(format), options_(options) {}

  // False where nothing more is wanted: there is an error.
  bool feed(std::string_view bytes);
  // After the last byte, once.
  ExpositionPage finish();

 private:
  bool take_line(std::string_view line);
  bool refuse(std::string text, base::Errc code = base::Errc::parse);
  void end_run(bool at_end);

  const ExpositionFormat format_;
  const Options options_;
  ExpositionPage page_;
  // Where runs of samples begin that are in order by themselves; the last one grows.
  std::vector<std::size_t> runs_{0};
  std::string begun_;  // a line whose end has not come
  std::size_t number_ = 0;
  bool ended_ = false;  // # EOF was read
  SeriesName name_;
};

// The format that a Content-Type announces; text where it says something else, or nothing.
ExpositionFormat exposition_format(std::string_view content_type);

}  // namespace rampart::probe
