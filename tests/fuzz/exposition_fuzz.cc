#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/exposition.h"

// Any bytes: either samples of bounded number, or samples up to an error that names its line. What
// was read must read the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  static const KeepList all({"*"});
  const std::string_view page(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_exposition(page, all);
  RAMPART_ASSERT(parsed.samples.size() <= kMaxKeptSeries);
  RAMPART_ASSERT(!parsed.error || !parsed.error->text.empty());
  for (const auto& sample : parsed.samples) {
    const auto again =
        parse_exposition(sample.series + (sample.series.ends_with('}') ? "1" : " 1"), all);
    RAMPART_ASSERT(!again.error && again.samples.size() == 1);
    RAMPART_ASSERT(again.samples[0].series == sample.series);
  }
  return 0;
}
