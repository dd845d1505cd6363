#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "scenarios/file_sd.h"

// Any bytes as a list of targets: at most as many as are let in, none of them empty.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::scenarios;
  Diagnostics out("fuzz");
  const auto targets = parse_file_sd({reinterpret_cast<const char*>(data), size}, out);
  RAMPART_ASSERT(targets.size() <= kMostSdTargets);
  for (const auto& target : targets) RAMPART_ASSERT(!target.address.empty());
  return 0;
}
