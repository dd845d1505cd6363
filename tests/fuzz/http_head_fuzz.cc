#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "probe/module/http_date.h"
#include "probe/module/http_head.h"

// Any lines: a head with a status of three digits and fields that are lines of it, or an error that
// says why.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  for (const bool of_head : {false, true}) {
    HeadReader reader(of_head);
    std::string_view text(reinterpret_cast<const char*>(data), size);
    while (!text.empty()) {
      const auto line =
          text.substr(0, text.find('\n') + 1 == 0 ? text.size() : text.find('\n') + 1);
      text.remove_prefix(line.size());
      const auto taken = reader.take(line);
      if (taken) continue;
      RAMPART_ASSERT(!taken.error().text.empty());
      break;
    }
    if (!reader.whole()) continue;
    const auto& head = reader.head();
    RAMPART_ASSERT(head.status >= 0 && head.status <= 999);
    RAMPART_ASSERT(head.version() >= 0 && head.version() < 10);
    RAMPART_ASSERT(head.content_length >= -1);
    std::size_t bytes = 0;
    for (const auto& [name, value] : head.fields) bytes += name.size() + value.size();
    RAMPART_ASSERT(bytes <= 2 * size);
    static_cast<void>(read_http_date(head.value("Last-Modified")));
  }
  return 0;
}
