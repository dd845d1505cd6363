#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "probe/exposition.h"

namespace {

using namespace rampart::probe;

const KeepList kAll({"*"});
const rampart::model::PageLimits kLimits{.series = 1000, .labels = 50};

ExpositionPage read(std::string_view page, ExpositionFormat format, std::size_t piece,
                    const SeriesName::Labels& labels = {}) {
  ExpositionReader reader(
      format, {.keep = kAll, .limits = kLimits, .labels = labels, .honor_labels = piece % 2 == 0});
  while (!page.empty() && reader.feed(page.substr(0, piece)))
    page.remove_prefix(std::min(piece, page.size()));
  return reader.finish();
}

void check(std::string_view page, ExpositionFormat format, std::size_t piece) {
  const auto parsed = read(page, format, piece);
  RAMPART_ASSERT(parsed.samples.size() <= kLimits.series);
  RAMPART_ASSERT(!parsed.error || !parsed.error->text.empty());
  const auto whole = read(page, format, std::string_view::npos);
  RAMPART_ASSERT(whole.samples.size() == parsed.samples.size());
  RAMPART_ASSERT(whole.error.has_value() == parsed.error.has_value());
  for (const auto& sample : parsed.samples) {
    const auto again = read(sample.series + " 1", ExpositionFormat::text, piece);
    RAMPART_ASSERT(!again.error && again.samples.size() == 1);
    RAMPART_ASSERT(again.samples[0].series == sample.series);
  }
  static const SeriesName::Labels given{{"job", "x"}, {"b", "y"}};
  read(page, format, piece, given);
}

}  // namespace

// Any bytes, in pieces of any length and in both formats: either samples of bounded number, or
// samples up to an error that names its line. What was read must read the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view page(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto piece = std::size_t{data[0]} % 64 + 1;
  check(page, ExpositionFormat::text, piece);
  check(page, ExpositionFormat::openmetrics, piece);
  return 0;
}
