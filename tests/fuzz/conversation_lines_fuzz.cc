#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "probe/module/line_reader.h"
#include "probe/module/match_template.h"

// The first byte says how long the pieces are in which the rest arrives. The lines are what a
// simpler reader makes of the whole, and each fills a template and is one itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  if (size == 0) return 0;
  const std::size_t step = data[0] + std::size_t{1};
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  LineReader reader;
  std::size_t at = 0;  // in `all`, behind the last line
  const auto take = [&](bool ended) {
    while (const auto line = reader.next()) {
      auto end = std::min(all.find('\n', at), all.size());
      RAMPART_ASSERT(ended || end < all.size());
      auto whole = all.substr(at, end - at);
      if (whole.ends_with('\r')) whole.remove_suffix(1);
      RAMPART_ASSERT(*line == whole && line->size() < LineReader::kLongest);
      at = end + 1;
      const Match match{{*line, line->substr(0, 1)}, {{"name", 1}}};
      const auto expanded = expand(*line, match);
      RAMPART_ASSERT(expanded.size() <= line->size() * (line->size() + 1));
      RAMPART_ASSERT(expand("<${0}|$name|$2>", match) ==
                     "<" + std::string(*line) + "|" + std::string(line->substr(0, 1)) + "|>");
    }
  };
  for (std::size_t from = 0; from < all.size() && !reader.too_long(); from += step) {
    reader.add(std::span(all).subspan(from, std::min(step, all.size() - from)));
    take(false);
    RAMPART_ASSERT(reader.left() < LineReader::kLongest);
  }
  reader.end();
  take(true);
  RAMPART_ASSERT(reader.too_long() || at >= all.size());
  return 0;
}
