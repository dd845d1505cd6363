#pragma once

#include "base/result.h"
#include "model/plan.h"
#include "net/tls.h"

namespace rampart::probe {

// Whether OpenSSL takes the TLS options of every target and page: ciphers and groups that it knows,
// files that it can read, a key that belongs to its certificate. Errc::config names the target or
// page. To be asked before a run: in one, such probes only fail with ProbeReason::local.
base::Status check_tls(const model::Plan& plan);

net::TlsVersion version_of(model::TlsVersion version);

}  // namespace rampart::probe
