#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/blackbox.h"
#include "probe/module/http_url.h"

namespace rampart::probe {

// The value of an environment variable; empty where it is not set.
using Environment = std::function<std::string(const char* name)>;
// This process's.
std::string environment(const char* name);

// Through which proxy `url` is asked for; nothing: directly. `name`: the host's name, where the URL
// has the address that was found for it; both are compared with the exceptions. As in Go's
// net/http/httpproxy exceptions are names with everything below them, addresses, networks, each
// with a port where wanted, and "*"; wherever exceptions count, loopback is one. A proxy without a
// port has 80, 443 or 1080. Errc::config: not the URL of a proxy.
base::Result<std::optional<HttpUrl>> choose_proxy(const model::ProxyOptions& options,
                                                  const HttpUrl& url, std::string_view name,
                                                  const Environment& environment);

}  // namespace rampart::probe
