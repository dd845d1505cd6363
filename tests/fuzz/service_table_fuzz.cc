// A name, a line feed and any bytes as services(5): a port or none, the same whether or not a line
// of other things stands before it; and a line that names the service last is found where no
// earlier one did.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "probe/module/host_port.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::probe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto name = text.substr(0, text.find('\n'));
  const auto table = text.substr(std::min(name.size() + 1, text.size()));
  const auto port = port_of_service(table, name);
  RAMPART_ASSERT(port_of_service("# nothing\n" + std::string(table), name) == port);
  const bool is_word = !name.empty() && name.find_first_of("# \t\r") == std::string_view::npos;
  if (is_word) {
    const auto longer = std::string(table) + "\nother 7/tcp " + std::string(name) + "\n";
    RAMPART_ASSERT(port_of_service(longer, name) == (port ? port : std::uint16_t{7}));
  }
  return 0;
}
