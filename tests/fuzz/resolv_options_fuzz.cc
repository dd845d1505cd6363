// Any bytes as resolv.conf: the options stay within their bounds, and a line that comes later or
// stands alone is read the same.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/resolv_options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto options = resolv_options(text);
  RAMPART_ASSERT(options.attempts >= 1 && options.attempts <= 5);
  RAMPART_ASSERT(options.timeout >= std::chrono::seconds(1));
  RAMPART_ASSERT(options.timeout <= std::chrono::seconds(30));
  RAMPART_ASSERT(resolv_options(std::string(text) + "\nnameserver ::1\n") == options);
  const ResolvOptions last{std::chrono::seconds(7), 4};
  RAMPART_ASSERT(resolv_options(std::string(text) + "\noptions timeout:7 attempts:4") == last);
  return 0;
}
