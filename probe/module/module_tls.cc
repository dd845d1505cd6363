#include "probe/module/module_tls.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "probe/curl_reason.h"
#include "probe/module/gauge.h"
#include "probe/tls_check.h"

namespace rampart::probe {
namespace {

// As Go names them: "TLS 1.3".
std::string version_name(std::string version) {
  if (version.starts_with("TLSv")) version.replace(3, 1, " ");
  return version;
}

std::string day_of(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string names_of(const net::PeerChain& chain) {
  constexpr std::size_t kMost = 5;
  const auto& names = chain.dns_names;
  if (names.empty()) return "it names no host";
  std::string out = "it names ";
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    out += (i == 0 ? "" : ", ") + printable(names[i]);
  if (names.size() > kMost) out += fmt::format(" and {} more", names.size() - kMost);
  return out;
}

}  // namespace

std::string certificate_advice(model::ProbeReason reason,
                               const std::optional<net::PeerChain>& chain) {
  using model::ProbeReason;
  if (reason == ProbeReason::tls_untrusted)
    return fmt::format("; {}name whom to trust in ca_file",
                       chain ? fmt::format("it is issued by {}: ", printable(chain->issuer)) : "");
  if (reason == ProbeReason::tls_expired && chain)
    return fmt::format("; the first to end of those that the server shows ends on {}",
                       day_of(chain->first_not_after));
  if (reason == ProbeReason::tls_name_mismatch && chain)
    return fmt::format("; {}: set server_name where another name is meant", names_of(*chain));
  return {};
}

base::Result<net::TlsContext> module_tls_context(const model::ModuleTls& tls) {
  const auto old = [](model::TlsVersion version) {
    return version == model::TlsVersion::tls1_0 || version == model::TlsVersion::tls1_1;
  };
  // Who names an old version means it: OpenSSL speaks those at its lowest level alone.
  const bool lowest = old(tls.min_version) || old(tls.max_version);
  return net::TlsContext::client({.ca_file = tls.ca_file,
                                  .insecure = tls.insecure,
                                  .min_version = version_of(tls.min_version),
                                  .max_version = version_of(tls.max_version),
                                  .ciphers = lowest ? "DEFAULT:@SECLEVEL=0" : "",
                                  .certificate_file = tls.certificate_file,
                                  .key_file = tls.key_file,
                                  .keep_chain = true,
                                  .modern_checks = true});
}

model::MetricFamily tls_version_family(const net::TlsInfo& info) {
  auto out = gauge("probe_tls_version_info", "Returns the TLS version used or NaN when unknown", 1);
  out.series[0].labels = {{"version", version_name(info.version)}};
  return out;
}

model::MetricFamily first_expiry_family(double at) {
  return gauge("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime", at);
}

model::MetricFamily chain_info_family(const net::PeerChain& chain) {
  auto out = gauge("probe_ssl_last_chain_info", "Contains SSL leaf certificate information", 1);
  std::string names;
  for (const auto& name : chain.dns_names) names += (names.empty() ? "" : ",") + name;
  out.series[0].labels = {{"fingerprint_sha256", chain.fingerprint},
                          {"issuer", chain.issuer},
                          {"serialnumber", chain.serial},
                          {"subject", chain.subject},
                          {"subjectalternative", names}};
  return out;
}

std::vector<model::MetricFamily> chain_families(const net::PeerChain& chain, bool succeeded) {
  constexpr double kGoZeroTime = -62135596800;  // 0001-01-01
  std::vector<model::MetricFamily> out;
  out.push_back(first_expiry_family(unix_seconds(chain.first_not_after)));
  if (chain.way_not_after || succeeded)
    out.push_back(gauge("probe_ssl_last_chain_expiry_timestamp_seconds",
                        "Returns last SSL chain expiry in timestamp",
                        chain.way_not_after ? unix_seconds(*chain.way_not_after) : kGoZeroTime));
  out.push_back(chain_info_family(chain));
  return out;
}

}  // namespace rampart::probe
