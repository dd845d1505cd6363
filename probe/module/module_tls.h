#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/blackbox.h"
#include "model/metric.h"
#include "model/probe.h"
#include "net/peer_chain.h"
#include "net/tls.h"

namespace rampart::probe {

// Reads the files anew: TlsContexts keeps what this makes. Errc::config names the option or the
// file. Certificates are checked as Go checks them, and kept (net::peer_chain).
base::Result<net::TlsContext> module_tls_context(const model::ModuleTls& tls);

// probe_ssl_earliest_cert_expiry.
model::MetricFamily first_expiry_family(double at);  // Unix time

// probe_ssl_last_chain_info.
model::MetricFamily chain_info_family(const net::PeerChain& chain);

// Both, and between them probe_ssl_last_chain_expiry_timestamp_seconds. Where nothing was checked
// and the handshake succeeded, that is Go's zero time as blackbox_exporter has it; where it failed
// and there is no way, it is absent.
std::vector<model::MetricFamily> chain_families(const net::PeerChain& chain, bool succeeded);

// What to do about a certificate that was refused, to stand behind why: its dates, its names, whom
// to trust. Empty for other reasons. `chain`: what the server showed, if that is known.
std::string certificate_advice(model::ProbeReason reason,
                               const std::optional<net::PeerChain>& chain);

// probe_tls_version_info.
model::MetricFamily tls_version_family(const net::TlsInfo& info);

}  // namespace rampart::probe
