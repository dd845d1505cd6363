#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/exposition.h"
#include "probe/range_query.h"

// Any bytes as a Prometheus server's answer: an error with words, or series whose names are read as
// the same series from a page, laid out on points.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  static const rampart::model::PageLimits limits{.series = 100};
  static const KeepList all({"*"});
  static const SeriesName::Labels none;
  const auto answer = parse_range_answer({reinterpret_cast<const char*>(data), size}, limits);
  RAMPART_ASSERT(answer.series.size() <= limits.series);
  RAMPART_ASSERT(!answer.too_much || answer.error);
  RAMPART_ASSERT(!answer.error || (answer.series.empty() && !answer.error->text.empty()));
  for (const auto& series : answer.series) {
    if (series.series.size() > kMaxExpositionLine - 2) continue;
    ExpositionReader reader(ExpositionFormat::text,
                            {.keep = all, .limits = limits, .labels = none});
    reader.feed(series.series + " 1");
    const auto page = reader.finish();
    RAMPART_ASSERT(!page.error && page.samples.at(0).series == series.series);
  }
  const auto samples = samples_by_point(answer, {1435781430000, 1000, 20});
  RAMPART_ASSERT(samples.size() == 20);
  return 0;
}
