#include "probe/tls_check.h"

#include <fmt/core.h>

namespace rampart::probe {
namespace {

base::Status check_options(const model::TlsOptions& tls, const std::string& whose) {
  auto context = net::TlsContext::client({.ca_file = tls.ca_file,
                                          .insecure = tls.insecure,
                                          .min_version = version_of(tls.min_version),
                                          .max_version = version_of(tls.max_version),
                                          .ciphers = tls.ciphers,
                                          .ciphersuites = tls.ciphersuites,
                                          .groups = tls.groups,
                                          .certificate_file = tls.certificate,
                                          .key_file = tls.key,
                                          .pin = tls.pin});
  if (!context) return base::fail(std::move(context).error().in(whose));
  return {};
}

}  // namespace

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

base::Status check_tls(const model::Plan& plan) {
  for (const auto& target : plan.targets)
    if (target.url.tls())
      RAMPART_CHECK(check_options(target.tls, fmt::format("target '{}'", target.name)));
  for (const auto& scrape : plan.scrapes)
    if (scrape.url.tls())
      RAMPART_CHECK(check_options(scrape.tls, fmt::format("scrape '{}'", scrape.name)));
  return {};
}

}  // namespace rampart::probe
