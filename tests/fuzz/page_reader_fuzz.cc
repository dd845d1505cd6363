#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/page_reader.h"

// Any bytes as a body, plain or packed, in pieces of any length: at most what the limits say is
// kept, and an error has words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  if (size == 0) return 0;
  static const KeepList keep({"*"});
  static const rampart::model::PageLimits limits{.body = 1U << 16, .series = 100};
  static const SeriesName::Labels labels{{"job", "x"}};
  const auto choice = data[0];
  PageReader reader((choice & 1U) != 0 ? "application/openmetrics-text" : "text/plain",
                    (choice & 2U) != 0 ? "gzip" : "",
                    {.keep = keep, .limits = limits, .labels = labels});
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + choice / 4;
  while (!bytes.empty() && reader.take(bytes.substr(0, piece)))
    bytes.remove_prefix(std::min(piece, bytes.size()));
  const auto page = reader.finish();
  RAMPART_ASSERT(page.samples.size() <= limits.series);
  RAMPART_ASSERT(!page.error || !page.error->text.empty());
  return 0;
}
