#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/gzip.h"
#include "probe/page_reader.h"

namespace {

using namespace rampart::probe;

const rampart::model::PageLimits kLimits{.body = 1U << 16, .series = 100};

ExpositionPage read(std::string_view bytes, bool open_metrics, bool packed, std::size_t piece) {
  static const KeepList keep({"*"});
  static const SeriesName::Labels labels{{"job", "x"}};
  PageReader reader(open_metrics ? "application/openmetrics-text" : "text/plain",
                    packed ? "gzip" : "", {.keep = keep, .limits = kLimits, .labels = labels});
  for (bool none = false; !bytes.empty();) {
    const auto given = bytes.substr(0, piece);
    const auto taken = reader.take(given);
    if (!taken) break;
    RAMPART_ASSERT(*taken <= given.size() && (*taken > 0 || !none));
    none = *taken == 0;
    bytes.remove_prefix(*taken);
  }
  return reader.finish();
}

}  // namespace

// Any bytes as a body, plain or packed, in pieces of any length: at most what the limits say is
// kept, and an error has words. Text says the same whether it comes packed or not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto choice = data[0];
  const bool open_metrics = (choice & 1U) != 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + choice / 4;
  const auto page = read(bytes, open_metrics, (choice & 2U) != 0, piece);
  RAMPART_ASSERT(page.samples.size() <= kLimits.series);
  RAMPART_ASSERT(!page.error || !page.error->text.empty());
  if ((choice & 2U) != 0 || size > kLimits.body) return 0;
  const auto packed = read(rampart::base::gzip(bytes), open_metrics, true, piece);
  RAMPART_ASSERT(packed.samples.size() == page.samples.size());
  RAMPART_ASSERT(packed.error.has_value() == page.error.has_value());
  RAMPART_ASSERT(!page.error || packed.error->text == page.error->text);
  return 0;
}
