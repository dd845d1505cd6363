#pragma once

#include <vector>

#include "base/result.h"
#include "model/blackbox.h"
#include "model/metric.h"
#include "net/tls.h"

namespace rampart::probe {

// Reads the files anew. Errc::config names the option or the file.
base::Result<net::TlsContext> module_tls_context(const model::ModuleTls& tls);

// probe_tls_version_info, and probe_ssl_earliest_cert_expiry where the peer showed a certificate.
std::vector<model::MetricFamily> tls_families(const net::TlsInfo& info);

}  // namespace rampart::probe
