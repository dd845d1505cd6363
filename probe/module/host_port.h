#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::probe {

// "host:port" or "[address]:port", split as Go's net.SplitHostPort does. The host may be empty.
struct HostPort {
  std::string host;  // without brackets
  std::string port;  // as written

  // Errc::config says what is wrong.
  static base::Result<HostPort> parse(std::string_view text);
};

// 0 to 65535, or a service of TCP that /etc/services named when one was
// first looked for; nothing written is 0.
base::Result<std::uint16_t> tcp_port(const std::string& text);

}  // namespace rampart::probe
