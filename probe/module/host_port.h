#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/probe.h"

namespace rampart::probe {

class KeptFiles;

// "host:port" or "[address]:port", split as Go's net.SplitHostPort does. The host may be empty.
struct HostPort {
  std::string host;  // without brackets
  std::string port;  // as written

  // Errc::config says what is wrong.
  static base::Result<HostPort> parse(std::string_view text);
};

// The port of TCP that the text of a services(5) gives to `service`; of two the first one.
std::optional<std::uint16_t> port_of_service(std::string_view table, std::string_view service);

// 0 to 65535, or a service of TCP that /etc/services names, which is one of `files`; nothing
// written is 0. Errc::config: it is none of these; errors of the files where that cannot be known.
base::Result<std::uint16_t> tcp_port(const std::string& text, KeptFiles& files);

// bad_target for what these two say of a target, local where services are not known.
model::ProbeReason target_reason(const base::Error& error);

}  // namespace rampart::probe
