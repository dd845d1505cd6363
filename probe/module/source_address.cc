#include "probe/module/source_address.h"

#include <fmt/core.h>

namespace rampart::probe {

base::Result<std::optional<base::IpAddress>> source_address(const std::string& text) {
  if (text.empty()) return std::optional<base::IpAddress>();
  const auto address = base::IpAddress::parse(text);
  if (!address)
    return base::fail(base::Errc::config,
                      fmt::format("source_ip_address: {}", address.error().text));
  return std::optional(*address);
}

}  // namespace rampart::probe
