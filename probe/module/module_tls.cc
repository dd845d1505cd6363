#include "probe/module/module_tls.h"

#include <string>

#include "probe/module/gauge.h"

namespace rampart::probe {
namespace {

net::TlsVersion version_of(model::TlsVersion version) {
  switch (version) {
    case model::TlsVersion::any: return net::TlsVersion::any;
    case model::TlsVersion::tls1_0: return net::TlsVersion::tls1_0;
    case model::TlsVersion::tls1_1: return net::TlsVersion::tls1_1;
    case model::TlsVersion::tls1_2: return net::TlsVersion::tls1_2;
    case model::TlsVersion::tls1_3: return net::TlsVersion::tls1_3;
  }
  return net::TlsVersion::any;
}

// As Go names them: "TLS 1.3".
std::string version_name(std::string version) {
  if (version.starts_with("TLSv")) version.replace(3, 1, " ");
  return version;
}

}  // namespace

base::Result<net::TlsContext> module_tls_context(const model::ModuleTls& tls) {
  return net::TlsContext::client({.ca_file = tls.ca_file,
                                  .insecure = tls.insecure,
                                  .min_version = version_of(tls.min_version),
                                  .max_version = version_of(tls.max_version),
                                  .certificate_file = tls.certificate_file,
                                  .key_file = tls.key_file});
}

std::vector<model::MetricFamily> tls_families(const net::TlsInfo& info) {
  auto version =
      gauge("probe_tls_version_info", "Returns the TLS version used or NaN when unknown", 1);
  version.series[0].labels = {{"version", version_name(info.version)}};
  std::vector<model::MetricFamily> out;
  out.push_back(std::move(version));
  if (info.first_not_after)
    out.push_back(gauge("probe_ssl_earliest_cert_expiry",
                        "Returns last SSL chain expiry in unixtime",
                        unix_seconds(*info.first_not_after)));
  return out;
}

}  // namespace rampart::probe
