// A request line's target and the time limit of a scrape from any bytes: what comes out can be said
// again, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/exporter.h"
#include "exporter/request_target.h"
#include "exporter/time_limit.h"

using namespace rampart;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = exporter::RequestTarget::parse(text)) {
    if (target->path.empty()) std::abort();
    for (const auto& [name, value] : target->parameters)
      if (name.size() + value.size() > size) std::abort();
  }
  const auto words = exporter::quoted(text);
  if (words.size() < 2 || words.find('\n') != std::string::npos) std::abort();
  if (const auto limit = exporter::time_limit(text, 5s, 0.5); limit && (*limit < 0s || *limit > 5s))
    std::abort();
  exporter::accepts_gzip(text);
  return 0;
}
