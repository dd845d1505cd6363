#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "scenarios/label_matchers.h"

// Any bytes as label matchers: what can be read can be read after another one as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rampart::scenarios::check_matchers;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (check_matchers(text)) RAMPART_ASSERT(check_matchers(R"(a="b",)" + std::string(text)));
  return 0;
}
